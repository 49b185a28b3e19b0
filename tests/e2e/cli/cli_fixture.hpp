#pragma once

#include "process.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace toril::e2e {

using Words = std::vector<std::string>;

/// A folder that is gone with the test.
class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::string& path() const noexcept { return path_; }
    /// Writes a file there and answers its path.
    std::string write(const std::string& name, const std::string& text) const;
    std::string read(const std::string& name) const;

private:
    std::string path_;
};

/// Runs the command where nothing of this host is seen: an empty home, no settings.
class CliTest : public testing::Test {
protected:
    CliTest();

    Finished run(const Words& words, const std::string& input = {});
    /// Runs it with --json and reads what it prints. Fails the test unless it exits with 0.
    boost::json::value json(Words words);

    TempFolder folder{};
    Process::Environment environment{};
};

/// The same on each kind of store: an embedded one, and Redis when TORIL_TEST_REDIS_URL is set.
class StoreCliTest : public CliTest, public testing::WithParamInterface<std::string> {
protected:
    StoreCliTest();

    /// Adds a job and answers its id.
    std::string add(const Words& words);
    boost::json::object counts();
    boost::json::object job(const std::string& id);
};

std::vector<std::string> store_kinds();

#define TORIL_ON_EACH_STORE(suite) \
    INSTANTIATE_TEST_SUITE_P(      \
        On, suite, testing::ValuesIn(store_kinds()), [](const auto& on) { return on.param; })

/// The last line of a text, without its end.
std::string last_line(const std::string& text);

}  // namespace toril::e2e
