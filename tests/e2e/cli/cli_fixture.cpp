#include "cli_fixture.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

namespace toril::e2e {
namespace {

std::string random_word() {
    std::random_device random;
    return "t" + std::to_string(random()) + std::to_string(random());
}

}  // namespace

TempFolder::TempFolder() : path_(testing::TempDir() + "toril-cli-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::write(const std::string& name, const std::string& text) const {
    const std::string path = path_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
}

std::string TempFolder::read(const std::string& name) const {
    std::ifstream file(path_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

CliTest::CliTest() {
    environment["HOME"] = folder.path();
}

Finished CliTest::run(const Words& words, const std::string& input) {
    return Process(words, environment, input).wait();
}

boost::json::value CliTest::json(Words words) {
    words.emplace_back("--json");
    const Finished finished = run(words);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    boost::json::error_code failure;
    boost::json::value value = boost::json::parse(finished.out, failure);
    EXPECT_FALSE(failure) << finished.out;
    return value;
}

StoreCliTest::StoreCliTest() {
    if (GetParam() == "sqlite") {
        environment["TORIL_STORE"] = "sqlite:" + folder.path() + "/jobs.db?durability=buffered";
    } else {
        environment["TORIL_STORE"] = std::getenv("TORIL_TEST_REDIS_URL");
        environment["TORIL_PREFIX"] = random_word();
    }
}

std::string StoreCliTest::add(const Words& words) {
    Words all{"add", "q"};
    all.insert(all.end(), words.begin(), words.end());
    const Finished finished = run(all);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return last_line(finished.out);
}

boost::json::object StoreCliTest::counts() {
    return json({"counts", "q"}).as_object();
}

boost::json::object StoreCliTest::job(const std::string& id) {
    return json({"job", "q", id}).as_object();
}

std::vector<std::string> store_kinds() {
    std::vector<std::string> kinds{"sqlite"};
    const char* url = std::getenv("TORIL_TEST_REDIS_URL");
    if (url != nullptr && *url != '\0') kinds.emplace_back("redis");
    return kinds;
}

std::string last_line(const std::string& text) {
    const std::size_t last = text.find_last_not_of('\n');
    if (last == std::string::npos) return {};
    const std::size_t before = text.find_last_of('\n', last);
    const std::size_t from = before == std::string::npos ? 0 : before + 1;
    return text.substr(from, last + 1 - from);
}

}  // namespace toril::e2e
