#include "data_argument.hpp"

#include "printable.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace toril::cli {
namespace {

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

struct Closer {
    void operator()(std::FILE* file) const noexcept {
        if (file != stdin) std::fclose(file);
    }
};

Result<std::string> read_all(const std::string& path, std::size_t bytes_max) {
    const std::unique_ptr<std::FILE, Closer> file(path == "-" ? stdin
                                                              : std::fopen(path.c_str(), "rb"));
    const std::string name = path == "-" ? "standard input" : in_quotes(path);
    if (!file) return refused(name + " cannot be read: " + std::strerror(errno));
    std::string text;
    char buffer[65536];
    while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file.get())) {
        text.append(buffer, count);
        if (text.size() > bytes_max)
            return refused(name + " holds more than " + std::to_string(bytes_max) +
                           " bytes, which is the limit for a job's data; see --size-limit");
    }
    if (std::ferror(file.get()) != 0)
        return refused(name + " cannot be read: " + std::strerror(errno));
    return text;
}

}  // namespace

Result<Json> read_data(const std::string& argument, std::size_t bytes_max) {
    Result<std::string> text = argument;
    if (argument == "-") text = read_all("-", bytes_max);
    if (argument.starts_with('@')) text = read_all(argument.substr(1), bytes_max);
    if (!text) return text.error();
    Result<Json> data = Json::parse(std::move(*text));
    if (!data)
        return refused("the data is " + data.error().message() +
                       "; a text needs quotes of its own: '\"like this\"'");
    return data;
}

}  // namespace toril::cli
