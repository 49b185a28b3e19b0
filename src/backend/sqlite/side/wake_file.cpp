#include "backend/sqlite/side/wake_file.hpp"

#include <unistd.h>

#include <array>
#include <utility>

namespace toril::sqlite_side {
namespace {

constexpr std::int64_t audience_byte = 0;

}  // namespace

Status WakeFile::open() {
    base::MutexLock lock(mutex_);
    if (wake_id_ && FileId::of(wake_path_) == wake_id_ && FileId::of(seq_path_) == seq_id_)
        return {};
    wake_id_.reset();
    auto wake = sqlite::File::open(wake_path_);
    if (!wake) return wake.error();
    auto seq = sqlite::File::open(seq_path_);
    if (!seq) return seq.error();
    if (Status opened = audience_.open(wake_path_, audience_byte); !opened) return opened;
    wake_ = std::move(*wake);
    seq_ = std::move(*seq);
    if (joined_) audience_.join();
    wake_id_ = FileId::of(wake_path_);
    seq_id_ = FileId::of(seq_path_);
    return {};
}

void WakeFile::join() {
    base::MutexLock lock(mutex_);
    joined_ = true;
    audience_.join();
}

void WakeFile::leave() {
    base::MutexLock lock(mutex_);
    joined_ = false;
    audience_.leave();
}

void WakeFile::touch() {
    base::MutexLock lock(mutex_);
    if (!audience_.others()) return;
    // What is written does not matter: inotify tells of the write.
    const char byte = 0;
    [[maybe_unused]] const auto written = ::pwrite(wake_.fd(), &byte, 1, 0);
}

void WakeFile::write_seq(std::int64_t seq) {
    std::array<char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(static_cast<std::uint64_t>(seq) >> (8 * i));
    base::MutexLock lock(mutex_);
    [[maybe_unused]] const auto written = ::pwrite(seq_.fd(), bytes.data(), bytes.size(), 0);
}

std::int64_t WakeFile::read_seq() {
    std::array<unsigned char, 8> bytes{};
    base::MutexLock lock(mutex_);
    if (::pread(seq_.fd(), bytes.data(), bytes.size(), 0) != 8) return 0;
    std::uint64_t seq = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        seq |= std::uint64_t{bytes[i]} << (8 * i);
    return static_cast<std::int64_t>(seq);
}

}  // namespace toril::sqlite_side
