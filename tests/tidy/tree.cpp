#include "tidy/tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace toril::tidy {
namespace {

namespace fs = std::filesystem;

const fs::path root{TORIL_ROOT};

bool is_ours(const fs::path& path) {
    static const std::set<std::string> pictures{".jpg", ".jpeg", ".png", ".webp", ".ico"};
    return !pictures.contains(path.extension().string()) && path.filename() != "package-lock.json";
}

bool is_foreign_folder(const fs::path& path) {
    static const std::set<std::string> names{"build", "node_modules", ".git", ".cache", "out"};
    return names.contains(path.filename().string());
}

}  // namespace

std::string text_of(const std::string& path) {
    std::ifstream in(root / path, std::ios::binary);
    if (!in) throw std::runtime_error("tidy: cannot read " + path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool exists(const std::string& path) {
    return fs::exists(root / path);
}

std::vector<File> files_below(std::string_view folder) {
    std::vector<File> files;
    const fs::path start = root / folder;
    if (!fs::exists(start)) return files;
    for (auto at = fs::recursive_directory_iterator(start); at != fs::end(at); ++at) {
        if (at->is_directory() && is_foreign_folder(at->path())) at.disable_recursion_pending();
        if (!at->is_regular_file() || !is_ours(at->path())) continue;
        const std::string path = fs::relative(at->path(), root).generic_string();
        files.push_back({path, text_of(path)});
    }
    std::sort(
        files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
    return files;
}

std::vector<File> with_ending(const std::vector<File>& files,
                              const std::vector<std::string_view>& endings) {
    std::vector<File> chosen;
    for (const File& file : files)
        if (std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
                return file.path.ends_with(ending);
            }))
            chosen.push_back(file);
    return chosen;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

testing::AssertionResult none(const Findings& findings) {
    testing::AssertionResult result =
        findings.empty() ? testing::AssertionSuccess() : testing::AssertionFailure();
    for (const std::string& finding : findings)
        result << "\n  " << finding;
    return result;
}

}  // namespace toril::tidy
