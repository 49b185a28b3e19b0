#include "redis/resp_parser.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

namespace toril::redis {
namespace {

// A frame of at least this many bytes takes the buffer with it instead of being copied.
constexpr std::size_t adopt_bytes_min = 64u * 1024;
constexpr std::size_t buffer_bytes_kept_max = 1024u * 1024;
constexpr std::size_t nodes_kept_max = 4096;
constexpr std::size_t element_bytes_min = 3;  // "_\r\n"

bool read_number(std::string_view digits, std::int64_t& value) {
    const std::string_view unsigned_digits = digits.substr(digits.starts_with('-') ? 1 : 0);
    if (unsigned_digits.starts_with('0') && digits.size() > 1) return false;  // "007", "-0"
    const char* end = digits.data() + digits.size();
    const auto [stop, failure] = std::from_chars(digits.data(), end, value);
    return failure == std::errc{} && stop == end && !digits.empty();
}

ReplyType aggregate_type(char type) {
    switch (type) {
        case '%': return ReplyType::map;
        case '>': return ReplyType::push;
        default: return ReplyType::array;
    }
}

}  // namespace

std::span<char> RespParser::prepare(std::size_t bytes) {
    if (begin_ == end_ && begin_ > 0) {
        at_ = scan_ = begin_ = end_ = 0;
        if (capacity_ > buffer_bytes_kept_max) {
            buffer_.reset();
            capacity_ = 0;
        }
    }
    if (capacity_ - end_ < bytes) {
        const std::size_t live = end_ - begin_;
        if (live + bytes <= capacity_ / 2) {
            // At least half is consumed, so each byte is moved at most once on average.
            std::memmove(buffer_.get(), buffer_.get() + begin_, live);
        } else {
            capacity_ = std::max(capacity_ * 2, live + bytes);
            auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
            if (live > 0) std::memcpy(larger.get(), buffer_.get() + begin_, live);
            buffer_ = std::move(larger);
        }
        at_ -= begin_;
        scan_ -= begin_;
        end_ -= begin_;
        begin_ = 0;
    }
    return {buffer_.get() + end_, capacity_ - end_};
}

RespParser::Outcome RespParser::next(Reply& reply) {
    if (!problem_.empty()) return Outcome::broken;
    for (;;) {
        switch (bulk_type_ == 0 ? read_header() : read_bulk()) {
            case Progress::more: return Outcome::more;
            case Progress::broken: return Outcome::broken;
            case Progress::opened: break;
            case Progress::value:
                if (!ends_frame()) break;
                reply = take_frame();
                return Outcome::reply;
        }
    }
}

RespParser::Progress RespParser::broken(std::string_view what) {
    problem_ = what;
    return Progress::broken;
}

// The line at `at_`, without its end. False: its end has not come yet.
bool RespParser::find_line(std::string_view& line) {
    while (scan_ < end_) {
        const char* from = buffer_.get() + scan_;
        const auto* feed = static_cast<const char*>(std::memchr(from, '\n', end_ - scan_));
        if (feed == nullptr) {
            scan_ = end_;
            return false;
        }
        scan_ = static_cast<std::size_t>(feed - buffer_.get()) + 1;
        if (scan_ - at_ >= 2 && feed[-1] == '\r') {
            line = {buffer_.get() + at_, scan_ - at_ - 2};
            return true;
        }
    }
    return false;
}

RespParser::Progress RespParser::read_header() {
    std::string_view line;
    const bool found = find_line(line);
    if ((found ? line.size() : end_ - at_) > line_bytes_max)
        return broken("a line of the server is too long");
    if (!found) return Progress::more;
    if (frame_cost() > reply_bytes_max_) return broken("a reply is larger than the limit");
    if (line.empty()) return broken("an empty line where a reply should begin");

    const char type = line.front();
    line.remove_prefix(1);
    Progress progress = Progress::broken;
    switch (type) {
        case '$':
        case '=':
        case '!': progress = read_bulk_header(type, line); break;
        case '*':
        case '%':
        case '~':
        case '>':
        case '|': progress = read_aggregate_header(type, line); break;
        default: progress = read_scalar(type, line); break;
    }
    at_ = scan_;
    return progress;
}

RespParser::Progress RespParser::add_text(ReplyType type, std::size_t offset, std::size_t length) {
    Node& node = nodes_.emplace_back(type);
    node.offset = offset;
    node.number = static_cast<std::int64_t>(length);
    return Progress::value;
}

RespParser::Progress RespParser::read_scalar(char type, std::string_view line) {
    const std::size_t offset = at_ - begin_ + 1;
    switch (type) {
        case '+': return add_text(ReplyType::status, offset, line.size());
        case '-': return add_text(ReplyType::error, offset, line.size());
        case ',':
        case '(':
            if (line.empty()) return broken("a number without digits");
            return add_text(ReplyType::number, offset, line.size());
        case ':': {
            Node node(ReplyType::integer);
            if (line.starts_with("+") && !line.starts_with("+-")) line.remove_prefix(1);
            if (!read_number(line, node.number)) return broken("an integer is not one");
            nodes_.push_back(node);
            return Progress::value;
        }
        case '#': {
            if (line != "t" && line != "f") return broken("a boolean is neither true nor false");
            nodes_.emplace_back(ReplyType::integer).number = line == "t" ? 1 : 0;
            return Progress::value;
        }
        case '_':
            if (!line.empty()) return broken("a null with something in it");
            nodes_.emplace_back(ReplyType::null);
            return Progress::value;
        default: break;
    }
    const auto code = static_cast<unsigned char>(type);
    return broken("not a reply: it begins with byte " + std::to_string(code));
}

RespParser::Progress RespParser::read_bulk_header(char type, std::string_view line) {
    std::int64_t length = 0;
    if (!read_number(line, length)) return broken("the length of a string is not a number");
    if (length == -1 && type == '$') {
        nodes_.emplace_back(ReplyType::null);
        return Progress::value;
    }
    if (length < 0) return broken("the length of a string is negative");
    if (static_cast<std::uint64_t>(length) > reply_bytes_max_)
        return broken("a reply is larger than the limit");
    if (type == '=' && length < 4) return broken("a verbatim string without its format");
    bulk_type_ = type;
    bulk_length_ = static_cast<std::size_t>(length);
    return Progress::opened;
}

RespParser::Progress RespParser::read_aggregate_header(char type, std::string_view line) {
    std::int64_t count = 0;
    if (!read_number(line, count)) return broken("the size of an array is not a number");
    if (count == -1 && type == '*') {
        nodes_.emplace_back(ReplyType::null);
        return Progress::value;
    }
    if (count < 0) return broken("the size of an array is negative");
    if (type == '>' && !open_.empty()) return broken("a push inside a reply");
    auto elements = static_cast<std::uint64_t>(count);
    const std::uint64_t elements_max = reply_bytes_max_ / element_bytes_min;
    const std::uint64_t each = type == '%' || type == '|' ? 2 : 1;
    if (elements > elements_max / each ||
        elements * each > std::numeric_limits<std::uint32_t>::max() / 2)
        return broken("a reply is larger than the limit");
    elements *= each;

    const bool attribute = type == '|';
    if (elements == 0 && attribute) return Progress::opened;
    if (elements > 0) {
        if (open_.size() >= depth_max) return broken("a reply is nested too deep");
        open_.push_back({nodes_.size(), static_cast<std::size_t>(elements), attribute});
    }
    nodes_.emplace_back(aggregate_type(type)).number = static_cast<std::int64_t>(elements);
    return elements > 0 ? Progress::opened : Progress::value;
}

RespParser::Progress RespParser::read_bulk() {
    if (end_ - at_ < bulk_length_ + 2) return Progress::more;
    const char* bytes = buffer_.get() + at_;
    if (bytes[bulk_length_] != '\r' || bytes[bulk_length_ + 1] != '\n')
        return broken("a string does not end where its length says");
    std::size_t offset = at_ - begin_;
    std::size_t length = bulk_length_;
    ReplyType type = ReplyType::string;
    if (bulk_type_ == '!') type = ReplyType::error;
    if (bulk_type_ == '=') {
        if (bytes[3] != ':') return broken("a verbatim string without its format");
        offset += 4;
        length -= 4;
    }
    at_ += bulk_length_ + 2;
    scan_ = at_;
    bulk_type_ = 0;
    return add_text(type, offset, length);
}

// After a value: closes what it completes. True: the whole reply is there.
bool RespParser::ends_frame() {
    while (!open_.empty()) {
        Open& innermost = open_.back();
        if (--innermost.remaining > 0) return false;
        const Open closed = innermost;
        open_.pop_back();
        if (closed.attribute) {
            nodes_.resize(closed.node);
            return false;  // what the attributes belong to comes next
        }
        nodes_[closed.node].span = static_cast<std::uint32_t>(nodes_.size() - closed.node);
    }
    return true;
}

Reply RespParser::take_frame() {
    const std::size_t length = at_ - begin_;
    const std::size_t rest = end_ - at_;
    const char* frame = buffer_.get() + begin_;
    Reply reply;
    if (length >= adopt_bytes_min && length >= capacity_ / 2) {
        const std::size_t room = std::max<std::size_t>(rest, 1);
        auto fresh = std::make_unique_for_overwrite<char[]>(room);
        std::memcpy(fresh.get(), buffer_.get() + at_, rest);
        reply = Reply(Reply::Storage::adopted(nodes_, std::move(buffer_), frame));
        buffer_ = std::move(fresh);
        capacity_ = room;
        at_ = scan_ = begin_ = 0;
        end_ = rest;
    } else {
        const bool is_null = nodes_.front().type == ReplyType::null;
        if (!is_null) reply = Reply(Reply::Storage::copied(nodes_, {frame, length}));
        begin_ = at_;
    }
    nodes_.clear();
    if (nodes_.capacity() > nodes_kept_max) nodes_.shrink_to_fit();
    return reply;
}

}  // namespace toril::redis
