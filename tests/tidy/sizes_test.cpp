#include "tidy/cpp_text.hpp"
#include "tidy/tree.hpp"

#include <gtest/gtest.h>

#include <string>

namespace toril::tidy {
namespace {

constexpr std::size_t file_lines_max = 600;
constexpr std::size_t public_header_lines_max = 250;
constexpr std::size_t function_lines_max = 70;
constexpr std::size_t columns_max = 100;
constexpr std::size_t example_lines_max = 80;

Findings too_long(const File& file, std::size_t lines_max) {
    const std::size_t lines = lines_of(file.text).size();
    if (lines <= lines_max) return {};
    return {file.path + ": " + std::to_string(lines) + " lines, at most " +
            std::to_string(lines_max) + ": find the noun that wants a file of its own"};
}

Findings long_functions(const File& file) {
    Findings findings;
    for (const Function& function : functions_of(file.text))
        if (function.lines > function_lines_max)
            findings.push_back(file.path + ":" + std::to_string(function.line) + ": " +
                               std::to_string(function.lines) + " lines: " + function.head);
    return findings;
}

// What clang-format could not break: comments and long strings. Counts characters, not bytes.
Findings long_lines(const File& file) {
    Findings findings;
    std::size_t number = 0;
    for (std::string_view line : lines_of(file.text)) {
        ++number;
        std::size_t columns = 0;
        for (char c : line)
            columns += (static_cast<unsigned char>(c) & 0xC0u) != 0x80;
        const bool is_literal = line.find("R\"") != std::string_view::npos;
        if (columns > columns_max && !is_literal && line.find("://") == std::string_view::npos)
            findings.push_back(file.path + ":" + std::to_string(number) + ": " +
                               std::to_string(columns) + " columns");
    }
    return findings;
}

void append(Findings& all, Findings some) {
    for (std::string& finding : some)
        all.push_back(std::move(finding));
}

TEST(SizesTest, FilesHaveOneReasonToExist) {
    Findings findings;
    for (const File& file : with_ending(
             files_below(""),
             {".cpp", ".hpp", ".lua", ".sql", ".mjs", ".js", ".ts", ".sh", ".cmake", "dev"}))
        append(findings, too_long(file, file_lines_max));
    EXPECT_TRUE(none(findings));
}

TEST(SizesTest, PublicHeadersAreShortEnoughToRead) {
    Findings findings;
    for (const File& file : with_ending(files_below("include"), {".hpp"}))
        append(findings, too_long(file, public_header_lines_max));
    EXPECT_TRUE(none(findings));
}

TEST(SizesTest, FunctionsFitAScreen) {
    Findings findings;
    for (const char* folder : {"include", "src", "apps", "examples", "tests", "bench", "tools"})
        for (const File& file : with_ending(files_below(folder), {".cpp", ".hpp"}))
            append(findings, long_functions(file));
    EXPECT_TRUE(none(findings));
}

TEST(SizesTest, LinesFitAHundredColumns) {
    Findings findings;
    for (const char* folder : {"include", "src", "apps", "examples", "tests", "bench", "tools"})
        for (const File& file : with_ending(files_below(folder), {".cpp", ".hpp"}))
            append(findings, long_lines(file));
    EXPECT_TRUE(none(findings));
}

TEST(SizesTest, NumberedExamplesFitOnAPage) {
    Findings findings;
    for (const File& file : with_ending(files_below("examples"), {".cpp"}))
        if (file.path.find('/') == file.path.rfind('/'))
            append(findings, too_long(file, example_lines_max));
    EXPECT_TRUE(none(findings));
}

TEST(SizesTest, WhatIsTooLongIsFound) {
    std::string body = "void f() {\n";
    for (int i = 0; i < 80; ++i)
        body += "    go();\n";
    const File file{"src/a.cpp", body + "}\n" + std::string(101, 'x') + "\n"};

    EXPECT_EQ(long_functions(file).size(), 1u);
    EXPECT_EQ(long_lines(file).size(), 1u);
    EXPECT_EQ(too_long(file, 83).size(), 0u);
    EXPECT_EQ(too_long(file, 82).size(), 1u);
}

}  // namespace
}  // namespace toril::tidy
