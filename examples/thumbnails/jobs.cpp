#include "jobs.hpp"

#include <chrono>
#include <filesystem>
#include <set>

namespace thumbnails {
namespace {

namespace fs = std::filesystem;

using namespace std::chrono_literals;
using toril::Error;
using toril::ErrorCode;
using toril::JobContext;
using toril::Result;

// "harbour", or "harbour-2" when there was a harbour before.
std::string unused_name(const std::string& picture, std::set<std::string>& used) {
    const std::string stem = fs::path(picture).stem().string();
    std::string name = stem;
    for (int i = 2; !used.insert(name).second; ++i)
        name = stem + "-" + std::to_string(i);
    return name;
}

// Jobs may come from any program on the store: a name must not lead out of the folder.
bool is_plain(const std::string& name) {
    return !name.empty() && name.front() != '.' && name.size() <= 200 &&
           name.find('/') == std::string::npos;
}

Result<Made> make(const Order& order, const std::string& folder) {
    if (!is_plain(order.name) || order.width < 1)
        return Error(ErrorCode::unrecoverable, "name or width is not acceptable");
    const auto start = std::chrono::steady_clock::now();
    Result<Variant> made = make_variant(order.picture, order.width, folder, order.name);
    if (!made) return made.error();
    const auto took = std::chrono::steady_clock::now() - start;
    return Made{.file = made->after.file,
                .size_before = {made->before.width, made->before.height},
                .size_after = {made->after.width, made->after.height},
                .bytes_before = made->before.bytes,
                .bytes_after = made->after.bytes,
                .duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count()};
}

}  // namespace

std::vector<toril::NewJob> orders_for(const std::vector<std::string>& pictures) {
    const toril::JobOptions options{
        .attempts = 3,
        .backoff = {.kind = toril::Backoff::Kind::exponential, .delay = 1s},
        .remove_on_complete = toril::KeepJobs{.age = 1h},
        .remove_on_fail = toril::KeepJobs{.age = 24h},
    };
    std::vector<toril::NewJob> jobs;
    std::set<std::string> used;
    for (const std::string& picture : pictures) {
        const std::string name = unused_name(picture, used);
        for (const Size& size : sizes) {
            const Order order{.picture = fs::absolute(picture).string(),
                              .variant = size.variant,
                              .width = size.width,
                              .name = name + "-" + size.variant};
            jobs.push_back({job_name, toril::to_json(order), options});
        }
    }
    return jobs;
}

toril::Handler maker(std::string folder) {
    return toril::typed<Order>([folder = std::move(folder)](const Order& order, JobContext&) {
        return make(order, folder);
    });
}

}  // namespace thumbnails
