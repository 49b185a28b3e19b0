#include "backend/sqlite/event_pack.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace toril::sqlite {
namespace {

constexpr std::array<std::string_view, 32> words{
    "added",
    "waiting",
    "active",
    "completed",
    "failed",
    "delayed",
    "waiting-children",
    "prioritized",
    "paused",
    "resumed",
    "progress",
    "stalled",
    "removed",
    "drained",
    "cleaned",
    "duplicated",
    "deduplicated",
    "retries-exhausted",
    "jobId",
    "name",
    "prev",
    "returnvalue",
    "failedReason",
    "delay",
    "data",
    "attemptsMade",
    "count",
    "deduplicationId",
    "deduplicatedJobId",
    "wait",
    "unknown",
    "null",
};
static_assert(words[static_cast<std::size_t>(Word::null)] == "null");
static_assert(words.size() <= words_max);

// Reads one after another; after something malformed it gives nothing more.
class PackReader {
public:
    explicit PackReader(std::string_view pack) : pack_(pack) {}

    std::size_t at() const { return at_; }
    bool has_more() const { return at_ < pack_.size(); }

    std::optional<std::size_t> number() {
        std::size_t value = 0;
        for (int shift = 0; at_ < pack_.size() && shift < 63; shift += 7) {
            const auto byte = static_cast<unsigned char>(pack_[at_++]);
            value |= static_cast<std::size_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        at_ = pack_.size();
        return std::nullopt;
    }

    std::optional<std::string_view> text() {
        const auto head = number();
        if (!head) return std::nullopt;
        if (*head < words.size()) return words[*head];
        if (*head < words_max || *head - words_max > pack_.size() - at_) {
            at_ = pack_.size();
            return std::nullopt;
        }
        const std::string_view found = pack_.substr(at_, *head - words_max);
        at_ += found.size();
        return found;
    }

private:
    std::string_view pack_;
    std::size_t at_ = 0;
};

bool read_event(PackReader& reader, contract::Event& event) {
    const auto fields = reader.number();
    const auto name = reader.text();
    if (!fields || !name) return false;
    event.name = *name;
    for (std::size_t i = 0; i < *fields; ++i) {
        const auto field = reader.text();
        const auto value = reader.text();
        if (!field || !value) return false;
        event.fields.emplace_back(*field, *value);
    }
    return true;
}

}  // namespace

std::string_view text_of(Word word) noexcept {
    return words[static_cast<std::size_t>(word)];
}

void PackWriter::number(std::size_t value) {
    while (value >= 0x80) {
        pack_.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    pack_.push_back(static_cast<char>(value));
}

void PackWriter::text(std::string_view text) {
    const auto* const found = std::find(words.begin(), words.end(), text);
    if (found == words.end()) return spell(text);
    number(static_cast<std::size_t>(found - words.begin()));
}

void PackWriter::spell(std::string_view text) {
    number(words_max + text.size());
    pack_ += text;
}

std::vector<contract::Event> unpack(std::string_view pack, std::int64_t ms, std::int64_t n) {
    std::vector<contract::Event> events;
    for (PackReader reader(pack); reader.has_more();) {
        contract::Event event{.id = std::to_string(ms) + "-" + std::to_string(n++)};
        if (!read_event(reader, event)) break;
        events.push_back(std::move(event));
    }
    return events;
}

std::size_t offset_after(std::string_view pack, std::size_t count) {
    PackReader reader(pack);
    contract::Event skipped;
    for (std::size_t i = 0; i < count && reader.has_more(); ++i) {
        skipped.fields.clear();
        if (!read_event(reader, skipped)) break;
    }
    return reader.at();
}

}  // namespace toril::sqlite
