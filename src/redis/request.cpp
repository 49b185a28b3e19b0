#include "redis/encode.hpp"

#include <toril/redis/request.hpp>

#include <cassert>
#include <utility>

namespace toril::redis {
namespace {

// Room for a count of one digit, which is what nearly every command needs.
constexpr std::string_view count_room = "*1\r\n";

}  // namespace

Request& Request::command(std::string_view name) {
    finish_command();
    if (commands_ == 0) name_ = name;
    ++commands_;
    open_from_ = payload_.size();
    payload_ += count_room;
    return arg(name);
}

Request& Request::arg(std::string_view bytes) {
    assert(commands_ > 0);
    append_bulk(payload_, bytes);
    ++arguments_;
    return *this;
}

void Request::finish_command() {
    if (arguments_ == 0) return;
    const CountHeader header('*', arguments_);
    payload_.replace(open_from_, count_room.size(), header.view());
    arguments_ = 0;
}

std::string Request::take_payload() {
    finish_command();
    commands_ = 0;
    name_.clear();
    return std::exchange(payload_, {});
}

}  // namespace toril::redis
