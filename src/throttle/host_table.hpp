#pragma once

// What a host knows of its keys, in memory that its processes share: a file of a fixed size in a
// folder that only this user may enter, mapped by each.
//
//     file    = header, 256 mutexes, which chunks have memory, buckets
//     bucket  = 16 tags (half of a key's hash; 0: free), 16 KnownLimits
//
// A key lives in one bucket; each bucket belongs to one of the mutexes. They are robust: a process
// that dies with one leaves it usable, and what it left half-written is found unsound and cleared.
// Space is taken from the system when a bucket is first used, so that a full disk of memory is
// an error and not a signal.

#include "base/key_hash.hpp"
#include "throttle/known_limit.hpp"
#include "throttle/table_memory.hpp"

#include <toril/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace toril::throttle {

/// Threads and processes: any method, from any.
class HostTable {
public:
    /// Most keys of one `Access`.
    static constexpr std::size_t keys_max = 16;

    /// The table `name` in `folder`, made if it is not there. One that is there keeps its size.
    static Result<std::unique_ptr<HostTable>> open(const std::string& folder,
                                                   const std::string& name,
                                                   std::size_t local_keys_max);
    /// Of this process alone.
    static Result<std::unique_ptr<HostTable>> open_private(std::size_t local_keys_max);
    ~HostTable();
    HostTable(const HostTable&) = delete;
    HostTable& operator=(const HostTable&) = delete;

    /// Some keys, for as long as it lives. Others wait: nothing that blocks may be done meanwhile.
    class Access {
    public:
        ~Access();
        Access(const Access&) = delete;
        Access& operator=(const Access&) = delete;

        /// Null: there is no room for it, as all that are in its place must stay; or a process
        /// stopped while it had the lock.
        KnownLimit* of(std::size_t index) const { return known_[index]; }

    private:
        friend class HostTable;
        Access(HostTable& table, std::span<const std::string_view> keys, Micros now);

        HostTable& table_;
        std::array<std::uint16_t, keys_max> stripes_{};
        std::size_t locked_ = 0;
        std::array<KnownLimit*, keys_max> known_{};
    };
    /// REQUIRES: at most `keys_max` keys, none twice. `now`: of the host's steady clock.
    Access access(std::span<const std::string_view> keys, Micros now);
    void forget(std::string_view key, Micros now);

    /// The store's clock less the host's, as last heard by anybody.
    Micros store_offset() const;
    void set_store_offset(Micros offset);

    std::size_t keys_approx() const;

private:
    struct Header;
    struct Bucket;

    explicit HostTable(std::unique_ptr<TableMemory> memory);

    static std::size_t checked(const std::byte* begin, std::size_t size);
    Header& header() const;
    bool lock(std::size_t stripe);
    void unlock(std::size_t stripe);
    Bucket* bucket_of(const base::KeyHash& key);
    KnownLimit* find_or_make(Bucket& bucket, const base::KeyHash& key, Micros now);
    std::size_t victim_in(const Bucket& bucket, Micros now) const;

    const std::unique_ptr<TableMemory> memory_;
    const base::KeyHasher hasher_;
};

/// Where this user's tables are: $XDG_RUNTIME_DIR/toril or /dev/shm/toril-<uid>; made if need be.
/// Errors: `unavailable` when there is no such place, or others may write there.
Result<std::string> host_table_folder();

}  // namespace toril::throttle
