#include "contract/backend.hpp"

#include <toril/config.hpp>
#include <toril/store.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

using namespace std::chrono_literals;

namespace toril {
namespace {

namespace fs = std::filesystem;

class TempFolder {
public:
    TempFolder() { ::mkdtemp(path_.data()); }
    ~TempFolder() { fs::remove_all(path_); }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_ = testing::TempDir() + "toril-store-XXXXXX";
};

ErrorCode refusal(std::string_view url, const StoreOptions& options = {}) {
    const Result<Store> store = Store::open(url, options);
    return store ? ErrorCode::cancelled : store.error().code();
}

TEST(StoreTest, OpensAStoreInMemory) {
    const Store store = Store::open("memory:").value();

    EXPECT_EQ(store.url(), "memory:");
    EXPECT_EQ(store.durability(), "volatile");
    EXPECT_TRUE(store.queues().value().empty());
}

TEST(StoreTest, OpensAndMakesAnEmbeddedStore) {
    const TempFolder folder;
    const std::string path = folder / "jobs.db";
    const Store store = Store::open("sqlite:" + path).value();

    EXPECT_EQ(store.durability(), "fsync");
    EXPECT_TRUE(fs::exists(path));
    EXPECT_EQ(
        Store::open("sqlite:" + (folder / "b.db") + "?durability=buffered").value().durability(),
        "buffered");
}

TEST(StoreTest, OpensOnARedisThatIsAway) {
    const Store store = Store::open("redis://:pw@127.0.0.1:1", {.command_timeout = 100ms}).value();

    EXPECT_EQ(store.url().find("pw"), std::string::npos);
    const Result<std::vector<std::string>> queues = store.queues();
    ASSERT_FALSE(queues);
    EXPECT_EQ(queues.error().code(), ErrorCode::unavailable);
}

TEST(StoreTest, IsSharedByItsCopies) {
    const Store store = Store::open("memory:").value();
    const Store copy = store;

    EXPECT_EQ(&store.backend(), &copy.backend());
}

TEST(StoreTest, AnswersCancelledAfterClose) {
    Store store = Store::open("memory:").value();

    EXPECT_TRUE(store.close());
    EXPECT_TRUE(store.close());
    const Result<std::vector<std::string>> queues = store.queues();
    ASSERT_FALSE(queues);
    EXPECT_EQ(queues.error().code(), ErrorCode::cancelled);
}

TEST(StoreTest, RefusesUrlsThatNameNoStore) {
    for (const char* url : {"",
                            "jobs.db",
                            "memory",
                            "memory:x",
                            "sqlite:",
                            "postgres://h",
                            "http://h",
                            "redis:h",
                            "redis+sentinel://h/name",
                            "REDIS://h"})
        EXPECT_EQ(refusal(url), ErrorCode::invalid_argument) << url;
}

TEST(StoreTest, RefusesOptionsOutOfRange) {
    EXPECT_EQ(refusal("memory:", {.prefix = ""}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal("memory:", {.command_timeout = 0ms}), ErrorCode::invalid_argument);
}

TEST(StoreTest, DoesNotRepeatATextWithoutASchemeThatMayBeASecret) {
    EXPECT_EQ(Store::open("s3cret").error().message().find("s3cret"), std::string::npos);
}

TEST(OpenStoreTest, MakesTheFolderOfTheDefaultFile) {
    const TempFolder folder;
    const SettingSources sources{.environment = [&](std::string_view name) {
        return name == "XDG_STATE_HOME" ? std::optional(folder / "state") : std::nullopt;
    }};

    EXPECT_TRUE(open_store(Settings::load(sources).value()));
    EXPECT_TRUE(fs::exists(folder / "state/toril/jobs.db"));
    EXPECT_EQ(fs::status(folder / "state/toril").permissions(), fs::perms::owner_all);
}

TEST(OpenStoreTest, TakesPrefixAndTimeoutFromTheSettings) {
    const SettingSources sources{
        .flags = {{"store", "memory:"}, {"prefix", "p"}, {"command-timeout", "3s"}}};
    const Settings settings = Settings::load(sources).value();

    EXPECT_EQ(open_store(settings).value().options().prefix, "p");
    EXPECT_EQ(open_store(settings).value().options().command_timeout, 3s);
    EXPECT_EQ(open_store(settings, {}, 1s).value().options().command_timeout, 1s);
    EXPECT_EQ(open_store(settings, {}, 9s).value().options().command_timeout, 3s);
}

}  // namespace
}  // namespace toril
