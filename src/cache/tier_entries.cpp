#include "cache/tier_entries.hpp"

#include <algorithm>
#include <bit>
#include <string>

namespace toril::cache {

namespace {

// What malloc takes for so many bytes: eight of its own, in steps of sixteen; whole pages when it
// asks the system.
std::size_t allocated(std::size_t size) {
    constexpr std::size_t mapped_min = 128u * 1024;
    constexpr std::size_t page = 4096;
    if (size >= mapped_min) return (size + 16 + page - 1) / page * page;
    return std::max<std::size_t>((size + 8 + 15) / 16 * 16, 32);
}

std::size_t allocated(const std::string& text) {
    static const std::size_t near_max = std::string().capacity();
    return text.capacity() <= near_max ? 0 : allocated(text.capacity() + 1);
}

constexpr unsigned chunk_bits_min = 3;
constexpr unsigned chunk_bits_max = 8;
constexpr std::size_t control_bytes = 16;  // the counts of a shared_ptr, made with its object

}  // namespace

std::size_t TierEntry::bytes(std::string_view key, const CacheValue::Block& block) {
    std::size_t bytes = sizeof(TierEntry) + allocated(sizeof(CacheValue::Block) + control_bytes);
    if (key.size() > near_max) bytes += allocated(key.size());
    bytes += allocated(block.bytes);
    if (block.tags.capacity() > 0) bytes += allocated(block.tags.capacity() * sizeof(std::string));
    for (const std::string& tag : block.tags)
        bytes += allocated(tag);
    return bytes;
}

void TierEntry::set_key(std::string_view key) {
    if (key_size_ > near_max) delete[] key_data();
    char* to = key_.data();
    if (key.size() > near_max) {
        to = new char[key.size()];
        std::memcpy(key_.data(), &to, sizeof to);
    }
    std::copy(key.begin(), key.end(), to);
    key_size_ = static_cast<std::uint16_t>(key.size());
}

void TierEntry::fill(std::string_view key, BlockPtr block) {
    lock_.lock();
    set_key(key);
    block_ = std::move(block);
    lock_.unlock();
}

BlockPtr TierEntry::replace(BlockPtr block) {
    lock_.lock();
    block_.swap(block);
    lock_.unlock();
    return block;
}

BlockPtr TierEntry::empty() {
    BlockPtr block;
    lock_.lock();
    set_key({});
    block_.swap(block);
    lock_.unlock();
    return block;
}

TierEntries::TierEntries(std::size_t count_max)
    : chunk_bits_(std::clamp<unsigned>(
          static_cast<unsigned>(std::bit_width(count_max / 64)), chunk_bits_min, chunk_bits_max)),
      chunks_((count_max >> chunk_bits_) + 2) {}

void TierEntries::reach(Slot slot) {
    while (made_.size() <= slot >> chunk_bits_) {
        made_.push_back(std::make_unique<TierEntry[]>(std::size_t{1} << chunk_bits_));
        chunks_[made_.size() - 1].store(made_.back().get(), std::memory_order_release);
    }
}

std::size_t TierEntries::bytes() const {
    return chunks_.size() * sizeof(chunks_[0]) + made_.capacity() * sizeof(made_[0]) +
           (made_.size() << chunk_bits_) * sizeof(TierEntry);
}

}  // namespace toril::cache
