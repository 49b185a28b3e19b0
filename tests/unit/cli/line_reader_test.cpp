#include "line_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <vector>

namespace toril::cli {
namespace {

class LineReaderTest : public testing::Test {
protected:
    ~LineReaderTest() override { std::remove(path_.c_str()); }

    std::vector<std::string> read(const std::string& text, std::size_t line_bytes_max = 1'000'000) {
        std::ofstream(path_, std::ios::binary) << text;
        LineReader reader = LineReader::open(path_, line_bytes_max).value();
        std::vector<std::string> lines;
        for (;;) {
            Result<std::optional<std::string>> line = reader.next();
            if (!line) return {"error: " + line.error().message()};
            if (!*line) return lines;
            lines.push_back(std::move(**line));
        }
    }

    std::string path_ = testing::TempDir() + "toril-lines-" + std::to_string(::getpid());
};

TEST_F(LineReaderTest, GivesEachLineWithoutItsEnd) {
    EXPECT_EQ(read("a\n\nbc"), (std::vector<std::string>{"a", "", "bc"}));
    EXPECT_EQ(read("a\n"), std::vector<std::string>{"a"});
    EXPECT_TRUE(read("").empty());
}

TEST_F(LineReaderTest, ReadsLinesLongerThanItsBuffer) {
    const std::string line(700'000, 'x');

    EXPECT_EQ(read(line + "\n" + line), (std::vector<std::string>{line, line}));
}

TEST_F(LineReaderTest, RefusesALineOverTheLimit) {
    const std::vector<std::string> lines = read(std::string(900'000, 'x'), 1'000);

    ASSERT_EQ(lines.size(), 1u);
    EXPECT_NE(lines[0].find("longer than 1000"), std::string::npos);
}

TEST_F(LineReaderTest, RefusesAFileThatIsNotThere) {
    EXPECT_FALSE(LineReader::open("/no/such/file", 10));
}

}  // namespace
}  // namespace toril::cli
