#pragma once

// The jobs of queue image-processing: what their data and their results look like.

#include "picture.hpp"

#include <toril/typed.hpp>

#include <array>
#include <string>
#include <vector>

namespace thumbnails {

inline constexpr const char* queue_name = "image-processing";
inline constexpr const char* job_name = "thumbnail";

struct Size {
    const char* variant;
    int width;  // in pixels
};
inline constexpr std::array<Size, 3> sizes{{{"thumb", 160}, {"medium", 640}, {"large", 1600}}};

// The data of a job.
struct Order {
    std::string picture{};  // an absolute path
    std::string variant{};
    int width = 0;
    std::string name{};  // of the file to make, without folder and ending

    static constexpr auto toril_fields = std::tuple{toril::field("picture", &Order::picture),
                                                    toril::field("variant", &Order::variant),
                                                    toril::field("width", &Order::width),
                                                    toril::field("name", &Order::name)};
};

// The return value of a job.
struct Made {
    std::string file{};
    std::vector<int> size_before{};  // width and height in pixels
    std::vector<int> size_after{};
    std::int64_t bytes_before = 0;
    std::int64_t bytes_after = 0;
    std::int64_t duration_ms = 0;

    static constexpr auto toril_fields =
        std::tuple{toril::field("file", &Made::file),
                   toril::field("sizeBefore", &Made::size_before),
                   toril::field("sizeAfter", &Made::size_after),
                   toril::field("bytesBefore", &Made::bytes_before),
                   toril::field("bytesAfter", &Made::bytes_after),
                   toril::field("durationMs", &Made::duration_ms)};
};

// One job per picture and size. Two pictures of one name get files of two names.
std::vector<toril::NewJob> orders_for(const std::vector<std::string>& pictures);

// What a worker runs; the files go to `folder`.
toril::Handler maker(std::string folder);

}  // namespace thumbnails
