#include "config_file.hpp"

#include "printable.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace toril::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = 1u * 1024 * 1024;

Error refused(const std::string& path, const std::string& why) {
    return {ErrorCode::invalid_argument, "configuration file " + in_quotes(path) + ": " + why};
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

Result<std::string> read_all(const std::string& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return refused(path, "it is a folder");
    std::ifstream file(path, std::ios::binary);
    if (!file) return refused(path, std::strerror(errno));
    std::string text(file_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > file_bytes_max) return refused(path, "it is larger than 1 MiB");
    return text;
}

// CLI11's reader takes a line that has no '=' for a flag. In a file of settings it is a mistake.
Status check_lines(const std::string& path, const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        const std::size_t first = line.find_first_not_of(" \t\r");
        if (first == std::string::npos || line[first] == '#' || line[first] == '[') continue;
        const std::size_t equals = line.find('=');
        const bool has_value = equals != std::string::npos &&
                               line.find_first_not_of(" \t\r", equals + 1) != std::string::npos;
        if (!has_value)
            return refused(path, "line " + std::to_string(number) + " is no NAME = VALUE");
    }
    return {};
}

}  // namespace

std::vector<std::string> config_file_candidates() {
    std::vector<std::string> paths{"./toril.toml"};
    std::string config_home = environment("XDG_CONFIG_HOME");
    if (config_home.empty() || config_home.front() != '/') {
        const std::string home = environment("HOME");
        config_home = home.empty() ? "" : home + "/.config";
    }
    if (!config_home.empty()) paths.push_back(config_home + "/toril/toril.toml");
    paths.emplace_back("/etc/toril/toril.toml");
    return paths;
}

Result<ConfigFile> read_config_file(const std::optional<std::string>& named) {
    ConfigFile file{.path = named.value_or("")};
    if (!named) {
        std::error_code ignored;
        for (const std::string& path : config_file_candidates())
            if (file.path.empty() && fs::exists(path, ignored)) file.path = path;
        if (file.path.empty()) return file;
    }
    Result<std::string> text = read_all(file.path);
    if (!text) return text.error();
    if (Status s = check_lines(file.path, *text); !s) return s.error();

    std::istringstream stream(*text);
    std::vector<CLI::ConfigItem> items;
    try {
        items = CLI::ConfigTOML().from_config(stream);
    } catch (const std::exception& error) {
        return refused(file.path, printable(error.what()));
    }
    for (const CLI::ConfigItem& item : items) {
        if (item.name == "++" || item.name == "--") continue;  // a section begins or ends
        if (item.inputs.size() != 1)
            return refused(file.path, in_quotes(item.fullname()) + " must have one value");
        file.values[item.fullname()] = item.inputs.front();
    }
    return file;
}

}  // namespace toril::cli
