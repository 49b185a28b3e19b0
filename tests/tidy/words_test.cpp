#include "tidy/cpp_text.hpp"
#include "tidy/tree.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <regex>
#include <string>

// What may not be written, and where. Patterns are put together from pieces, so that this file
// does not find itself.

namespace toril::tidy {
namespace {

// Calls `wrong` on each line; it answers what is wrong, or nothing.
Findings each_line(const File& file,
                   std::string_view text,
                   const std::function<std::string(std::string_view)>& wrong) {
    Findings findings;
    std::size_t number = 0;
    for (std::string_view line : lines_of(text)) {
        ++number;
        if (const std::string what = wrong(line); !what.empty())
            findings.push_back(file.path + ":" + std::to_string(number) + ": " + what);
    }
    return findings;
}

// Waiting is for a signal with a deadline. A program may want to sleep as its job: it waits on
// its stop token then.
Findings sleeps(const File& file) {
    static const std::map<std::string, std::string> exceptions{
        {"src/queue/asker.hpp", "a blocking call waits out its back-off on its caller's thread"},
        {"src/backend/sqlite/store_files.cpp",
         "a file lock of another process has no signal to wait for"},
    };
    if (exceptions.contains(file.path)) return {};
    static const std::vector<std::string> calls{std::string("sleep_") + "for",
                                                std::string("sleep_") + "until",
                                                std::string("usl") + "eep(",
                                                std::string("nanosl") + "eep(",
                                                std::string("::sl") + "eep("};
    return each_line(file, without_comments_and_literals(file.text), [](std::string_view line) {
        for (const std::string& call : calls)
            if (has_word(line, call)) return "calls " + call;
        return std::string();
    });
}

// A promise to do it later has an issue: `TODO(#12)`.
Findings promises(const File& file) {
    static const std::vector<std::string> words{
        std::string("TO") + "DO", std::string("FIX") + "ME", std::string("XX") + "X"};
    return each_line(file, file.text, [](std::string_view line) -> std::string {
        for (const std::string& word : words)
            if (has_word(line, word) && line.find(word + "(#") == std::string_view::npos)
                return word + " without a number";
        return "";
    });
}

Findings secrets(const File& file) {
    static const std::regex pattern(std::string("-----BEGIN [A-Z ]*PRIVATE ") +
                                    "KEY-----|\\bAK"
                                    "IA[0-9A-Z]{16}\\b|\\bgh[pousr]"
                                    "_[A-Za-z0-9]{36}"
                                    "|\\bxox[abprs]"
                                    "-[0-9A-Za-z-]{10,}|\\bgithub"
                                    "_pat_[A-Za-z0-9_]{20,}");
    return each_line(file, file.text, [](std::string_view line) -> std::string {
        if (line.size() > 4'000) return "";  // data, and std::regex recurses
        return std::regex_search(line.begin(), line.end(), pattern) ? "looks like a secret" : "";
    });
}

// The tree must work wherever it is cloned to.
Findings machine_paths(const File& file) {
    static const std::vector<std::string> paths{std::string("/wo") + "rk/",
                                                std::string("/ro") + "ot/"};
    return each_line(file, file.text, [](std::string_view line) -> std::string {
        for (const std::string& path : paths) {
            const std::size_t at = line.find(path);
            const bool starts = at != std::string_view::npos &&
                                (at == 0 || std::string_view(" \"'`=(:").find(line[at - 1]) !=
                                                std::string_view::npos);
            if (starts) return "names a folder of one machine";
        }
        return "";
    });
}

Findings stray_space(const File& file) {
    Findings findings = each_line(file, file.text, [](std::string_view line) -> std::string {
        if (line.find('\t') != std::string_view::npos) return "has a tab";
        if (line.ends_with('\r')) return "ends in CR LF";
        return line.ends_with(' ') ? "ends in a space" : "";
    });
    if (!file.text.empty() && !file.text.ends_with('\n'))
        findings.push_back(file.path + ": no newline at the end");
    return findings;
}

// The library never prints, never ends the program, and has no signal handler.
Findings library_manners(const File& file) {
    if (file.path.starts_with("src/worker/isolation/")) return {};  // a child is a program
    static const std::vector<std::string> calls{"std::cout",
                                                "std::cerr",
                                                "printf(",
                                                "fprintf(",
                                                "exit(",
                                                "abort(",
                                                "std::signal(",
                                                "::signal(",
                                                "sigaction(",
                                                "std::terminate("};
    return each_line(file, without_comments_and_literals(file.text), [](std::string_view line) {
        for (const std::string& call : calls)
            if (has_word(line, call) && line.find("_" + call) == std::string_view::npos)
                return "the library may not use " + call;
        return std::string();
    });
}

Findings disabled_tests(const File& file) {
    static const std::string word = std::string("DIS") + "ABLED_";
    return each_line(file, file.text, [](std::string_view line) -> std::string {
        return line.find(word) != std::string_view::npos ? "a disabled test" : "";
    });
}

Findings over(std::initializer_list<std::string_view> folders,
              const std::vector<std::string_view>& endings,
              Findings (*check)(const File&)) {
    Findings findings;
    for (std::string_view folder : folders)
        for (const File& file : with_ending(files_below(folder), endings))
            for (std::string& finding : check(file))
                findings.push_back(std::move(finding));
    return findings;
}

const std::vector<std::string_view> cpp{".cpp", ".hpp"};
const std::vector<std::string_view> any{""};

TEST(WordsTest, NothingSleeps) {
    EXPECT_TRUE(none(over({"include", "src", "apps", "examples", "tests"}, cpp, sleeps)));
}

TEST(WordsTest, APromiseHasANumber) {
    EXPECT_TRUE(none(over({""}, any, promises)));
}

TEST(WordsTest, ThereAreNoSecrets) {
    EXPECT_TRUE(none(over({""}, any, secrets)));
}

TEST(WordsTest, NoFolderOfOneMachineIsNamed) {
    EXPECT_TRUE(none(over({""}, any, machine_paths)));
}

TEST(WordsTest, SpacesAreWhereTheyBelong) {
    EXPECT_TRUE(none(over({""}, any, stray_space)));
}

TEST(WordsTest, TheLibraryLeavesTheProgramAlone) {
    EXPECT_TRUE(none(over({"include", "src"}, cpp, library_manners)));
}

TEST(WordsTest, NoTestIsDisabled) {
    EXPECT_TRUE(none(over({"tests"}, {".cpp"}, disabled_tests)));
}

TEST(WordsTest, WhatMayNotBeWrittenIsFound) {
    const auto found = [](Findings (*check)(const File&), std::string text) {
        return check({"src/a.cpp", std::move(text)}).size();
    };

    EXPECT_EQ(found(sleeps, std::string("std::this_thread::sleep_") + "for(1s);\n"), 1u);
    EXPECT_EQ(found(sleeps, std::string("// no sl") + "eep(1) here\n"), 0u);
    EXPECT_EQ(found(promises, std::string("// TO") + "DO: later\n"), 1u);
    EXPECT_EQ(found(promises, std::string("// TO") + "DO(#12): later\n"), 0u);
    EXPECT_EQ(found(secrets, std::string("key = AK") + "IAABCDEFGHIJKLMNOP\n"), 1u);
    EXPECT_EQ(found(machine_paths, std::string("open(\"/ro") + "ot/x\")\n"), 1u);
    EXPECT_EQ(found(machine_paths, std::string("a/wo") + "rk/b\n"), 0u);
    EXPECT_EQ(found(stray_space, "\tint a;\nint b; \nint c;"), 3u);
    EXPECT_EQ(found(library_manners, "std::cout << 1;\nexit(1);\non_exit(1);\n"), 2u);
    EXPECT_EQ(found(disabled_tests, std::string("TEST(A, DIS") + "ABLED_B) {}\n"), 1u);
}

}  // namespace
}  // namespace toril::tidy
