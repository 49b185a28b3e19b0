#include "tidy/tree.hpp"

#include <gtest/gtest.h>

#include <string>

namespace toril::tidy {
namespace {

std::string folder_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

std::string list_above(std::string folder) {
    for (; !folder.empty(); folder = folder.find('/') == std::string::npos ? "" : folder_of(folder))
        if (exists(folder + "/CMakeLists.txt")) return folder;
    return folder;
}

// A source that no list names is dead code that nobody compiles.
Findings unlisted(const std::vector<File>& sources) {
    Findings findings;
    for (const File& file : sources) {
        const std::string folder = list_above(folder_of(file.path));
        const std::string name = file.path.starts_with("tests/support/")
                                     ? file.path.substr(std::string("tests/").size())
                                     : file.path.substr(folder.size() + 1);
        std::string list = folder.empty() ? "" : text_of(folder + "/CMakeLists.txt");
        if (file.path.starts_with("tests/support/"))  // built into each test that wants it
            for (const File& other : with_ending(files_below("tests"), {"CMakeLists.txt"}))
                list += other.text;
        if (list.find(name) == std::string::npos)
            findings.push_back(file.path + ": named in no CMakeLists.txt");
    }
    return findings;
}

TEST(BuildListsTest, EverySourceIsBuilt) {
    Findings findings;
    for (const char* folder : {"src", "apps", "examples", "tests", "bench"})
        for (std::string& finding : unlisted(with_ending(files_below(folder), {".cpp"})))
            if (finding.find("tests/package/") == std::string::npos)  // built by its own lists
                findings.push_back(std::move(finding));
    EXPECT_TRUE(none(findings));
}

TEST(BuildListsTest, EveryModuleIsInTheBuild) {
    const std::string top = text_of("CMakeLists.txt");
    Findings findings;
    for (const File& file : with_ending(files_below("src"), {"CMakeLists.txt"}))
        if (top.find(folder_of(file.path)) == std::string::npos)
            findings.push_back(file.path + ": not in the top CMakeLists.txt");
    EXPECT_TRUE(none(findings));
}

TEST(BuildListsTest, EveryPublicHeaderIsInstalled) {
    const std::string list = text_of("library/CMakeLists.txt");
    Findings findings;
    for (const File& file : with_ending(files_below("include"), {".hpp"}))
        if (list.find("/" + file.path + "\"") == std::string::npos)
            findings.push_back(file.path + ": not in library/CMakeLists.txt");
    EXPECT_TRUE(none(findings));
}

TEST(BuildListsTest, ListsAreWrittenOutNotGlobbed) {
    Findings findings;
    for (const File& file : with_ending(files_below("src"), {"CMakeLists.txt"}))
        if (file.text.find("GLOB") != std::string::npos) findings.push_back(file.path + ": a glob");
    EXPECT_TRUE(none(findings));
}

TEST(BuildListsTest, ASourceThatIsInNoListIsFound) {
    EXPECT_EQ(unlisted({{"src/base/not_there.cpp", ""}}).size(), 1u);
    EXPECT_EQ(unlisted({{"src/base/json.cpp", ""}}).size(), 0u);
}

}  // namespace
}  // namespace toril::tidy
