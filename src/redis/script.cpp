#include <toril/redis/connection.hpp>

#include <openssl/evp.h>

#include <array>

namespace toril::redis {
namespace {

std::string sha1_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha1(), nullptr);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (unsigned int i = 0; i < length; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15];
    }
    return hex;
}

}  // namespace

Script::Script(std::string_view name, std::string_view source)
    : name_(name), source_(source), sha1_(sha1_hex(source)) {}

}  // namespace toril::redis
