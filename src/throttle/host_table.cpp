#include "throttle/host_table.hpp"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>

namespace toril::throttle {
namespace {

constexpr std::uint64_t magic = 0x31'4c'49'52'4f'54ULL;  // "TORIL1": the form of the file
constexpr std::size_t stripes = 256;
constexpr std::size_t ways = 16;
constexpr std::size_t chunk = 64 * 1024;
constexpr std::size_t page = 4096;
// A process that holds a lock does so for a microsecond. One that was stopped just then must not
// stop the others.
constexpr long lock_patience_ns = 20'000'000;

std::size_t rounded(std::size_t bytes, std::size_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

}  // namespace

struct HostTable::Bucket {
    std::uint64_t tags[ways];
    KnownLimit known[ways];
};

// The file's beginning. What it is made of is plain, or has one form for all processes here.
struct HostTable::Header {
    std::atomic<std::uint64_t> magic;
    std::uint64_t size;  // of the file
    std::uint64_t buckets;
    std::uint64_t bucket_bytes;  // another one: another version of us
    std::uint64_t buckets_at;
    base::KeyHasher::Seed seed;
    std::atomic<std::int64_t> store_offset;
    std::atomic<std::int64_t> keys;
    struct alignas(64) Stripe {
        pthread_mutex_t mutex;
    } stripe[stripes];

    std::atomic<unsigned char>* chunk_is_there(std::size_t number) {
        auto* bytes = reinterpret_cast<std::byte*>(this) + rounded(sizeof(Header), 64);
        return reinterpret_cast<std::atomic<unsigned char>*>(bytes) + number;
    }
};

namespace {

std::int64_t wall_less_steady() {
    using namespace std::chrono;
    return duration_cast<Micros>(system_clock::now().time_since_epoch() -
                                 steady_clock::now().time_since_epoch())
        .count();
}

void make_mutex(pthread_mutex_t& mutex) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

}  // namespace

std::size_t HostTable::checked(const std::byte* begin, std::size_t size) {
    if (size < sizeof(Header)) return 0;
    const auto& header = *reinterpret_cast<const Header*>(begin);
    if (header.magic.load(std::memory_order_acquire) != magic) return 0;
    const bool ours = header.size == size && header.bucket_bytes == sizeof(Bucket) &&
                      header.buckets > 0 &&
                      header.buckets_at + header.buckets * sizeof(Bucket) <= size;
    return ours ? size : 0;
}

namespace {

struct Layout {
    std::size_t buckets = 0;
    std::size_t buckets_at = 0;
    std::size_t size = 0;
};

Layout layout_for(std::size_t keys, std::size_t header_bytes, std::size_t bucket_bytes) {
    Layout layout;
    layout.buckets = std::max<std::size_t>((keys + ways - 1) / ways, stripes);
    const std::size_t chunks = (layout.buckets * bucket_bytes + chunk - 1) / chunk + 1;
    layout.buckets_at = rounded(rounded(header_bytes, 64) + chunks, page);
    layout.size = rounded(layout.buckets_at + layout.buckets * bucket_bytes, page);
    return layout;
}

}  // namespace

Result<std::unique_ptr<HostTable>> HostTable::open(const std::string& folder,
                                                   const std::string& name,
                                                   std::size_t local_keys_max) {
    const Layout layout = layout_for(local_keys_max, sizeof(Header), sizeof(Bucket));
    const auto init = [&](std::byte* begin, std::size_t size) {
        auto* header = new (begin) Header;
        header->size = size;
        header->buckets = layout.buckets;
        header->bucket_bytes = sizeof(Bucket);
        header->buckets_at = layout.buckets_at;
        header->seed = base::KeyHasher::random_seed();
        header->store_offset = wall_less_steady();
        header->keys = 0;
        for (Header::Stripe& stripe : header->stripe)
            make_mutex(stripe.mutex);
        // Last: who dies before has made nothing.
        header->magic.store(magic, std::memory_order_release);
    };
    auto memory =
        folder.empty()
            ? TableMemory::of_process(layout.size, init)
            : TableMemory::of_file(
                  folder + "/" + name, layout.size, layout.buckets_at, init, &HostTable::checked);
    if (!memory) return memory.error();
    return std::unique_ptr<HostTable>(new HostTable(std::move(*memory)));
}

Result<std::unique_ptr<HostTable>> HostTable::open_private(std::size_t local_keys_max) {
    return open("", "", local_keys_max);
}

HostTable::HostTable(std::unique_ptr<TableMemory> memory)
    : memory_(std::move(memory)), hasher_(header().seed) {}

HostTable::~HostTable() = default;

HostTable::Header& HostTable::header() const {
    return *std::launder(reinterpret_cast<Header*>(memory_->begin()));
}

Micros HostTable::store_offset() const {
    return Micros(header().store_offset.load(std::memory_order_relaxed));
}

void HostTable::set_store_offset(Micros offset) {
    header().store_offset.store(offset.count(), std::memory_order_relaxed);
}

std::size_t HostTable::keys_approx() const {
    return static_cast<std::size_t>(
        std::max<std::int64_t>(header().keys.load(std::memory_order_relaxed), 0));
}

bool HostTable::lock(std::size_t stripe) {
    pthread_mutex_t& mutex = header().stripe[stripe].mutex;
    int result = pthread_mutex_trylock(&mutex);
    if (result == EBUSY) {
        timespec until{};
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += lock_patience_ns;
        until.tv_sec += until.tv_nsec / 1'000'000'000;
        until.tv_nsec %= 1'000'000'000;
        result = pthread_mutex_timedlock(&mutex, &until);
    }
    // Its owner died: what it left is looked at when it is used.
    if (result == EOWNERDEAD) result = pthread_mutex_consistent(&mutex);
    return result == 0;
}

void HostTable::unlock(std::size_t stripe) {
    pthread_mutex_unlock(&header().stripe[stripe].mutex);
}

HostTable::Bucket* HostTable::bucket_of(const base::KeyHash& key) {
    const std::size_t number = key.high % header().buckets;
    const std::size_t at = header().buckets_at + number * sizeof(Bucket);
    // A bucket lies in one chunk, or in two.
    const std::size_t first = number * sizeof(Bucket) / chunk;
    const std::size_t last = ((number + 1) * sizeof(Bucket) - 1) / chunk;
    for (std::size_t i = first; i <= last; ++i) {
        std::atomic<unsigned char>& there = *header().chunk_is_there(i);
        if (there.load(std::memory_order_relaxed) != 0) continue;
        const std::size_t from = header().buckets_at + i * chunk;
        const std::size_t size = std::min(chunk, header().size - from);
        if (!memory_->reserve(from, size)) return nullptr;
        there.store(1, std::memory_order_relaxed);
    }
    return reinterpret_cast<Bucket*>(memory_->begin() + at);
}

// Who goes: one that counts nothing any more; else the one that was used the longest ago, but
// none that refuses now, and rather none that the store must be told of. `ways`: none may go.
std::size_t HostTable::victim_in(const Bucket& bucket, Micros now) const {
    const Micros offset = store_offset();
    std::size_t oldest = ways;
    std::size_t oldest_owing = ways;
    for (std::size_t i = 0; i < ways; ++i) {
        const KnownLimit& known = bucket.known[i];
        if (!is_sound(known, now) || is_over(known, now, offset)) return i;
        if (is_blocked(known, now, offset)) continue;
        std::size_t& best = known.spent > 0 ? oldest_owing : oldest;
        if (best == ways || known.sent_at < bucket.known[best].sent_at) best = i;
    }
    return oldest != ways ? oldest : oldest_owing;
}

KnownLimit* HostTable::find_or_make(Bucket& bucket, const base::KeyHash& key, Micros now) {
    std::size_t free = ways;
    for (std::size_t i = 0; i < ways; ++i) {
        if (bucket.tags[i] == 0 && free == ways) free = i;
        KnownLimit& known = bucket.known[i];
        if (bucket.tags[i] != key.low || known.key != key.high) continue;
        if (!is_sound(known, now)) known = {.key = key.high};
        return &known;
    }
    if (free != ways)
        header().keys.fetch_add(1, std::memory_order_relaxed);
    else
        free = victim_in(bucket, now);
    if (free == ways) return nullptr;
    bucket.known[free] = {.key = key.high, .sent_at = now};
    bucket.tags[free] = key.low;
    return &bucket.known[free];
}

HostTable::Access HostTable::access(std::span<const std::string_view> keys, Micros now) {
    return Access(*this, keys, now);
}

HostTable::Access::Access(HostTable& table, std::span<const std::string_view> keys, Micros now)
    : table_(table) {
    std::array<base::KeyHash, keys_max> hashes{};
    std::array<std::uint16_t, keys_max> wanted{};
    const std::size_t count = std::min(keys.size(), keys_max);
    const std::uint64_t buckets = table.header().buckets;
    for (std::size_t i = 0; i < count; ++i) {
        hashes[i] = table.hasher_(keys[i]);
        wanted[i] = static_cast<std::uint16_t>(hashes[i].high % buckets % stripes);
    }
    // In one order for all, so that nobody waits for who waits for him.
    const auto begin = wanted.begin();
    std::sort(begin, begin + static_cast<std::ptrdiff_t>(count));
    const auto end = std::unique(begin, begin + static_cast<std::ptrdiff_t>(count));
    for (auto stripe = begin; stripe != end; ++stripe) {
        if (!table.lock(*stripe)) return;  // none of them, then: `known_` is all null
        stripes_[locked_++] = *stripe;
    }
    for (std::size_t i = 0; i < count; ++i) {
        Bucket* bucket = table.bucket_of(hashes[i]);
        known_[i] = bucket ? table.find_or_make(*bucket, hashes[i], now) : nullptr;
        // It may have got the place of one before it, in a full bucket.
        for (std::size_t before = 0; before < i; ++before)
            if (known_[before] == known_[i]) known_[before] = nullptr;
    }
}

HostTable::Access::~Access() {
    while (locked_ > 0)
        table_.unlock(stripes_[--locked_]);
}

void HostTable::forget(std::string_view key, Micros now) {
    const Access access = this->access({&key, 1}, now);
    if (KnownLimit* known = access.of(0)) *known = {.key = known->key, .sent_at = now};
}

Result<std::string> host_table_folder() {
    const char* given = std::getenv("XDG_RUNTIME_DIR");
    const std::string folder =
        given != nullptr && *given == '/'
            ? std::string(given) + "/toril"
            : "/dev/shm/toril-" + std::to_string(static_cast<unsigned long>(::geteuid()));
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return Error(ErrorCode::unavailable, folder + ": cannot be made: " + std::strerror(errno));
    struct stat found {};
    const bool safe = ::lstat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
                      found.st_uid == ::geteuid() && (found.st_mode & 077) == 0;
    if (safe) return folder;
    return Error(ErrorCode::unavailable, folder + ": others than this user may enter it");
}

}  // namespace toril::throttle
