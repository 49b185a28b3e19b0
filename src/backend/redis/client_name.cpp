#include "backend/redis/client_name.hpp"

#include <cstdint>

namespace toril::redis_store {

std::string base64(std::string_view bytes) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            group <<= 8;
            if (at + i < bytes.size()) group |= static_cast<unsigned char>(bytes[at + i]);
        }
        const std::size_t left = bytes.size() - at;
        text += letters[group >> 18 & 63];
        text += letters[group >> 12 & 63];
        text += left > 1 ? letters[group >> 6 & 63] : '=';
        text += left > 2 ? letters[group & 63] : '=';
    }
    return text;
}

std::string worker_client_name(std::string_view prefix,
                               std::string_view queue,
                               std::string_view worker) {
    std::string name = std::string(prefix) + ":" + base64(queue);
    if (!worker.empty()) name.append(":w:").append(worker);
    return name;
}

std::string events_client_name(std::string_view prefix, std::string_view queue) {
    return std::string(prefix) + ":" + base64(queue) + ":qe";
}

}  // namespace toril::redis_store
