#include "tidy/tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>

// Pages show code that is compiled and run, and point to what is there.

namespace toril::tidy {
namespace {

std::string trimmed(std::string_view line) {
    const std::size_t from = std::min(line.find_first_not_of(' '), line.size());
    return std::string(line.substr(from, line.find_last_not_of(' ') + 1 - from));
}

std::string without_indent(std::string_view text) {
    std::string out = "\n";
    for (std::string_view line : lines_of(text))
        out += trimmed(line) + "\n";
    return out;
}

// The blocks that begin with ```language.
std::vector<std::string> blocks_of(std::string_view page, std::string_view language) {
    std::vector<std::string> blocks;
    bool inside = false;
    for (std::string_view line : lines_of(page)) {
        if (line == "```" + std::string(language)) {
            inside = true;
            blocks.emplace_back();
        } else if (line.starts_with("```")) {
            inside = false;
        } else if (inside) {
            blocks.back() += std::string(line) + "\n";
        }
    }
    return blocks;
}

// A block must stand in an example as it is, but for its indentation.
Findings code_that_is_not_compiled(const File& page, const std::vector<File>& examples) {
    Findings findings;
    for (const std::string& block : blocks_of(page.text, "cpp")) {
        const std::string wanted = without_indent(block);
        if (std::none_of(examples.begin(), examples.end(), [&](const File& example) {
                return without_indent(example.text).find(wanted) != std::string::npos;
            }))
            findings.push_back(page.path + ": in no example:\n" + block);
    }
    return findings;
}

Findings broken_links(const File& page) {
    static const std::regex link(R"(\]\(([^)#: ]+)(#[^)]*)?\))");
    Findings findings;
    const std::filesystem::path folder = std::filesystem::path(page.path).parent_path();
    for (std::sregex_iterator at(page.text.begin(), page.text.end(), link), end; at != end; ++at) {
        const std::string target = (folder / (*at)[1].str()).lexically_normal().generic_string();
        if (!exists(target)) findings.push_back(page.path + ": no " + target);
    }
    return findings;
}

// Pages for our users; docs/internals/ shows formats, whose code blocks stand elsewhere.
std::vector<File> pages() {
    std::vector<File> found = with_ending(files_below("docs/guide"), {".md"});
    for (const File& file : with_ending(files_below("docs/howto"), {".md"}))
        found.push_back(file);
    found.push_back({"README.md", text_of("README.md")});
    return found;
}

TEST(DocsTest, CodeOnAPageIsCompiledInAnExample) {
    const std::vector<File> examples = with_ending(files_below("examples"), {".cpp", ".hpp"});
    Findings findings;
    for (const File& page : pages())
        for (std::string& finding : code_that_is_not_compiled(page, examples))
            findings.push_back(std::move(finding));
    EXPECT_TRUE(none(findings));
}

TEST(DocsTest, TheReadmeShowsAWholeProgramOfTwentyLines) {
    const std::vector<std::string> blocks = blocks_of(text_of("README.md"), "cpp");

    ASSERT_FALSE(blocks.empty());
    EXPECT_NE(blocks.front().find("int main()"), std::string::npos);
    EXPECT_LE(lines_of(blocks.front()).size(), 25u);
}

TEST(DocsTest, LinksLeadToFilesThatAreThere) {
    Findings findings;
    for (const File& page : with_ending(files_below(""), {".md"}))
        for (std::string& finding : broken_links(page))
            findings.push_back(std::move(finding));
    EXPECT_TRUE(none(findings));
}

// A name that the library logs under is a contract: dashboards and alerts are built on it.
TEST(DocsTest, EveryLogEventHasItsRow) {
    static const std::regex name(
        R"re("((redis|sqlite|store|queue|worker|job|cache)\.[a-z_.]+)")re");
    const std::string page = text_of("docs/reference/log-events.md");
    Findings findings;
    for (const File& file : with_ending(files_below("src"), {".cpp", ".hpp"})) {
        if (file.path.starts_with("src/store/")) continue;  // names of settings
        for (std::sregex_iterator at(file.text.begin(), file.text.end(), name), end; at != end;
             ++at)
            if (page.find("| `" + (*at)[1].str() + "`") == std::string::npos)
                findings.push_back(file.path + ": no row for " + (*at)[1].str());
    }
    EXPECT_TRUE(none(findings));
}

TEST(DocsTest, ABadPageIsFound) {
    const std::vector<File> examples{{"examples/a.cpp", "int main() {\n    go();\n}\n"}};

    EXPECT_EQ(code_that_is_not_compiled({"p.md", "```cpp\ngo();\n```\n"}, examples).size(), 0u);
    EXPECT_EQ(code_that_is_not_compiled({"p.md", "```cpp\nstop();\n```\n"}, examples).size(), 1u);
    EXPECT_EQ(broken_links({"docs/p.md", "[a](../CMakeLists.txt) [b](gone.md)"}).size(), 1u);
    EXPECT_EQ(broken_links({"docs/p.md", "[c](https://example.org/x) [d](#here)"}).size(), 0u);
}

}  // namespace
}  // namespace toril::tidy
