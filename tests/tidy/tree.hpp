#pragma once

// The source tree as text: what the tidy tests read.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace toril::tidy {

struct File {
    std::string path{};  // from the root, with '/'
    std::string text{};
};

// One thing wrong, as a person wants to read it: `src/a.cpp:12: what`.
using Findings = std::vector<std::string>;

// All files that are ours, below the given folder of the root or all ("" ), sorted by path.
// Without build results, node_modules, pictures, and what a tool made (lock files).
std::vector<File> files_below(std::string_view folder);

// Those of `files` whose name ends with one of `endings`.
std::vector<File> with_ending(const std::vector<File>& files,
                              const std::vector<std::string_view>& endings);

// REQUIRES: the file is there; ends the test program with a message otherwise.
std::string text_of(const std::string& path);
bool exists(const std::string& path);

std::vector<std::string_view> lines_of(std::string_view text);

// For EXPECT_TRUE(none(findings)): shows them all when there are any.
testing::AssertionResult none(const Findings& findings);

}  // namespace toril::tidy
