#pragma once

// The events of one transaction as bytes.
//
//     pack   := event*
//     event  := number of fields, name, (field name, value)*
//     text   := code of a word | words_max + length, bytes
//
// Numbers are LEB128. What BullMQ's events mostly say is a word of one byte; what we publish for
// others is spelled out. Words are part of the file format: they keep their codes for ever.

#include "contract/event.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace toril::sqlite {

inline constexpr std::size_t words_max = 64;

/// In the order of their codes.
enum class Word : unsigned char {
    added,
    waiting,
    active,
    completed,
    failed,
    delayed,
    waiting_children,
    prioritized,
    paused,
    resumed,
    progress,
    stalled,
    removed,
    drained,
    cleaned,
    duplicated,
    deduplicated,
    retries_exhausted,
    job_id,
    name,
    prev,
    return_value,
    failed_reason,
    delay,
    data,
    attempts_made,
    count,
    deduplication_id,
    deduplicated_job_id,
    wait,
    unknown,
    null,
};

std::string_view text_of(Word word) noexcept;

/// Appends to a pack: for each event its head, then names and values in turn.
class PackWriter {
public:
    explicit PackWriter(std::string& pack) : pack_(pack) {}

    void begin(Word name, std::size_t fields) {
        number(fields);
        word(name);
    }
    void begin(std::string_view name, std::size_t fields) {
        number(fields);
        text(name);
    }
    void word(Word word) { number(static_cast<std::size_t>(word)); }
    /// A word if it is one.
    void text(std::string_view text);
    /// Spelled out, which saves a search where it is none.
    void spell(std::string_view text);

private:
    void number(std::size_t value);

    std::string& pack_;
};

/// What is in a pack whose first event has the id `ms`-`n`. Ends where it is malformed.
std::vector<contract::Event> unpack(std::string_view pack, std::int64_t ms, std::int64_t n);

/// Where the event after the first `count` ones begins.
std::size_t offset_after(std::string_view pack, std::size_t count);

}  // namespace toril::sqlite
