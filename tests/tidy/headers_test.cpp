#include "tidy/cpp_text.hpp"
#include "tidy/tree.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <regex>
#include <set>
#include <string>

namespace toril::tidy {
namespace {

const std::set<std::string> banned{"iostream", "regex", "filesystem", "future", "thread", "ranges"};

// Adapters, included only by programs that use the library in their name.
const std::set<std::string> adapters{"include/toril/boost_json.hpp", "include/toril/nlohmann.hpp"};

Findings heavy_includes(const File& file) {
    Findings findings;
    for (const Include& include : includes_of(file.text)) {
        const bool ours = include.target.starts_with("toril/");
        const bool standard = include.target.find('/') == std::string::npos &&
                              include.target.find('.') == std::string::npos;
        if (!ours && !standard && !adapters.contains(file.path))
            findings.push_back(file.path + ": includes " + include.target + ", not of std");
        if (banned.contains(include.target))
            findings.push_back(file.path + ": includes <" + include.target + ">, too heavy");
        if (!include.angled) findings.push_back(file.path + ": includes in quotes");
    }
    return findings;
}

bool is_vocabulary(const std::string& path) {
    static const std::set<std::string> names{"error", "json", "log", "result", "time", "job"};
    const std::size_t from = std::string("include/toril/").size();
    return names.contains(path.substr(from, path.find('.') - from));
}

// Measured with GCC 12: <string> alone is 19'000, <chrono> 32'000, worker.hpp 60'000.
std::size_t budget_of(const std::string& path) {
    if (path.ends_with("/fwd.hpp")) return 1'000;
    return is_vocabulary(path) ? 40'000 : 70'000;
}

// Lines that a compiler reads for `#include <header>`; 0 when it cannot.
std::size_t preprocessed_lines(const std::string& header) {
    const std::string command = std::string("echo '#include <") + header +
                                ">' | " TORIL_CXX " -std=c++20 -x c++ -E -P -I" TORIL_ROOT
                                "/include - 2>/dev/null | wc -l";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::array<char, 32> buffer{};
    if (!pipe || std::fgets(buffer.data(), buffer.size(), pipe.get()) == nullptr) return 0;
    return std::stoul(buffer.data());
}

// Half of a public header is prose; a tenth of it is the least that can be a manual. One that
// speaks of times or sizes says in which unit.
//
// Lists (fwd, toril) and what templates force us to show (detail/) are no manuals.
Findings missing_prose(const File& file) {
    if (file.path.find("/detail/") != std::string::npos || file.path.ends_with("/fwd.hpp") ||
        file.path.ends_with("/toril.hpp"))
        return {};
    static const std::regex unit(
        R"(\b(ms|s|min|seconds?|milliseconds?|bytes|MiB|jobs|rows|columns|percent|priority)\b)");
    std::string prose;
    std::size_t code_lines = 0;
    std::size_t prose_lines = 0;
    for (std::string_view line : lines_of(file.text)) {
        const std::size_t comment = line.find("//");
        if (comment != std::string_view::npos) prose += std::string(line.substr(comment)) + '\n';
        prose_lines += comment != std::string_view::npos;
        code_lines += !line.empty() && comment == std::string_view::npos;
    }
    Findings findings;
    if (prose_lines * 10 < code_lines + prose_lines)
        findings.push_back(file.path + ": too little prose for a manual");
    const std::string code = without_comments_and_literals(file.text);
    const bool measures = has_word(code, "Millis") || has_word(code, "size_t");
    if (measures && !std::regex_search(prose, unit))
        findings.push_back(file.path + ": says no unit");
    const bool behaves = std::regex_search(code, std::regex(R"(\nclass \w+[^;{]*\{[^}]*~)"));
    // A value or a view is as safe as an int.
    if (behaves && !std::regex_search(prose, std::regex("Threads:|[Aa]ny thread|value|view")))
        findings.push_back(file.path + ": a class without a word on threads");
    return findings;
}

std::vector<File> public_headers() {
    return with_ending(files_below("include"), {".hpp"});
}

TEST(HeadersTest, PublicHeadersIncludeLightStandardOnesOnly) {
    Findings findings;
    for (const File& file : public_headers())
        for (std::string& finding : heavy_includes(file))
            findings.push_back(std::move(finding));
    EXPECT_TRUE(none(findings));
}

TEST(HeadersTest, PublicHeadersStayInTheirBudgetOfLines) {
    for (const File& file : public_headers()) {
        if (adapters.contains(file.path)) continue;
        const std::string header = file.path.substr(std::string("include/").size());
        const std::size_t lines = preprocessed_lines(header);
        EXPECT_GT(lines, 0u) << file.path << " does not compile alone";
        EXPECT_LE(lines, budget_of(file.path)) << file.path;
    }
}

TEST(HeadersTest, PublicHeadersAreTheManual) {
    Findings findings;
    for (const File& file : public_headers())
        for (std::string& finding : missing_prose(file))
            findings.push_back(std::move(finding));
    EXPECT_TRUE(none(findings));
}

TEST(HeadersTest, EveryHeaderIsIncludedOnce) {
    for (const char* folder : {"include", "src", "apps", "tests"})
        for (const File& file : with_ending(files_below(folder), {".hpp"}))
            EXPECT_TRUE(file.text.starts_with("#pragma once\n")) << file.path;
}

TEST(HeadersTest, ABadHeaderIsFound) {
    EXPECT_EQ(heavy_includes({"include/toril/a.hpp", "#include <regex>\n"}).size(), 1u);
    EXPECT_EQ(heavy_includes({"include/toril/a.hpp", "#include <boost/json.hpp>\n"}).size(), 1u);
    EXPECT_EQ(heavy_includes({"include/toril/a.hpp", "#include \"base/uuid.hpp\"\n"}).size(), 2u);
    EXPECT_EQ(missing_prose({"a.hpp", "// A thing.\nstruct A {\n    Millis wait{0};\n};\n"}).size(),
              1u);
    EXPECT_EQ(missing_prose({"a.hpp", "\nclass A {\npublic:\n    ~A();\n};\n"}).size(), 2u);
    EXPECT_EQ(preprocessed_lines("toril/there_is_no_such.hpp"), 0u);
}

}  // namespace
}  // namespace toril::tidy
