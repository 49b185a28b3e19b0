#pragma once

// RESP2 and RESP3 as a machine: bytes in, replies out, no I/O. It can stop at any byte and goes
// on there; nothing is looked at twice.
//
//     type   what                    becomes           type   what            becomes
//     +      simple string           status            ~      set             array
//     - !    error, bulk error       error             %      map             map
//     : #    integer, boolean        integer           >      push            push, top level only
//     $ =    bulk, verbatim string   string            |      attributes      nothing: skipped
//     , (    double, big number      number            _      null            null
//     *      array                   array             $-1 *-1                null
//
// Streamed strings and aggregates ("$?", "*?") are refused: no server sends them.
//
// Memory grows with the bytes that came, never with a number that a header announced.

#include "redis/reply_storage.hpp"

#include <toril/redis/reply.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis {

class RespParser {
public:
    static constexpr std::size_t depth_max = 128;
    static constexpr std::size_t line_bytes_max = 64u * 1024;

    enum class Outcome : unsigned char {
        reply,   // one is ready
        more,    // needs more bytes
        broken,  // see `problem`: the stream cannot be trusted any more
    };

    /// `reply_bytes_max` bounds one reply: its bytes and its nodes together.
    explicit RespParser(std::size_t reply_bytes_max) noexcept : reply_bytes_max_(reply_bytes_max) {}

    /// Room for at least `bytes` to be read into. Valid until the next call.
    std::span<char> prepare(std::size_t bytes);
    /// The first `bytes` of it have been filled.
    void commit(std::size_t bytes) noexcept { end_ += bytes; }

    Outcome next(Reply& reply);

    /// One sentence; empty unless broken. Of what came it holds no more than a type byte.
    const std::string& problem() const noexcept { return problem_; }

    /// True when a reply has begun and not ended.
    bool is_inside_reply() const noexcept { return at_ != begin_ || end_ != begin_; }

private:
    enum class Progress : unsigned char { value, opened, more, broken };
    struct Open {
        std::size_t node;
        std::size_t remaining;
        bool attribute;
    };

    Progress read_header();
    Progress read_scalar(char type, std::string_view line);
    Progress read_bulk_header(char type, std::string_view line);
    Progress read_aggregate_header(char type, std::string_view line);
    Progress read_bulk();
    Progress add_text(ReplyType type, std::size_t offset, std::size_t length);
    Progress broken(std::string_view what);
    bool find_line(std::string_view& line);
    bool ends_frame();
    Reply take_frame();
    std::size_t frame_cost() const noexcept { return at_ - begin_ + nodes_.size() * sizeof(Node); }

    const std::size_t reply_bytes_max_;
    std::unique_ptr<char[]> buffer_{};
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;  // of the frame under way
    std::size_t at_ = 0;     // parsed up to here
    std::size_t scan_ = 0;   // no line end before here
    std::size_t end_ = 0;    // of what came

    char bulk_type_ = 0;  // '$', '=' or '!' while its bytes are awaited
    std::size_t bulk_length_ = 0;
    std::vector<Node> nodes_{};
    std::vector<Open> open_{};
    std::string problem_{};
};

}  // namespace toril::redis
