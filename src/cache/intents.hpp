#pragma once

// What the store has to be told when it is back: which keys and marks are void. No I/O.
//
// One entry a key: a removal stands for an expiry too, not the other way round. Nothing is ever
// put into the store from here: a set in an outage means that what the store has is old, so it
// is noted as a removal. When there are too many, one `all` stands for them.

#include "contract/cache_store.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

namespace toril::cache {

struct Intent {
    enum class Kind : unsigned char { remove, expire, mark };

    Kind kind = Kind::remove;
    std::string key{};           // of remove and expire
    contract::CacheMark mark{};  // of mark
};

class Intents {
public:
    static constexpr std::size_t count_max = 10'000;

    void add(Intent intent);
    bool is_empty() const noexcept { return entries_.empty(); }
    std::size_t size() const noexcept { return entries_.size(); }

    /// The oldest ones of one kind, at most `max`, and what `done` is to be told when the store
    /// has acknowledged them.
    struct Batch {
        std::vector<Intent> intents{};
        std::uint64_t until = 0;
    };
    Batch next(std::size_t max) const;
    /// Those that were noted again meanwhile stay.
    void done(const Batch& batch);

private:
    struct Entry {
        Intent intent{};
        std::uint64_t number = 0;
    };

    static std::string name_of(const Intent& intent);
    void replace_by_all();

    std::list<Entry> entries_{};  // in order
    std::unordered_map<std::string, std::list<Entry>::iterator> by_name_{};
    std::uint64_t latest_ = 0;
};

}  // namespace toril::cache
