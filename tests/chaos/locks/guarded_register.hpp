#pragma once

// What a lock protects: a place that takes a write only under a fence that is not lower than the
// last one's. One word of a file that all processes map, so that a process that is stopped in the
// middle of a write stops nobody else.
//
//     word := fence (53 bits) writer (8 bits)

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace toril::chaos {

class GuardedRegister {
public:
    enum class Answer : unsigned char {
        accepted,
        rejected,   // a higher fence has written
        violation,  // another writer has the same fence
    };

    explicit GuardedRegister(const std::string& path) {
        const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || ::ftruncate(fd, sizeof(Word)) != 0)
            throw std::runtime_error("cannot open " + path);
        void* const mapped =
            ::mmap(nullptr, sizeof(Word), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        ::close(fd);
        if (mapped == MAP_FAILED) throw std::runtime_error("cannot map " + path);
        word_ = static_cast<Word*>(mapped);
    }
    ~GuardedRegister() { ::munmap(word_, sizeof(Word)); }
    GuardedRegister(const GuardedRegister&) = delete;
    GuardedRegister& operator=(const GuardedRegister&) = delete;

    Answer write(std::uint64_t fence, unsigned writer) {
        std::uint64_t before = word_->load();
        for (;;) {
            if (fence < before >> writer_bits) return Answer::rejected;
            const bool is_same = fence == before >> writer_bits;
            if (is_same && writer != (before & writer_mask)) return Answer::violation;
            if (word_->compare_exchange_weak(before, fence << writer_bits | writer))
                return Answer::accepted;
        }
    }

    std::uint64_t fence() const { return word_->load() >> writer_bits; }

private:
    using Word = std::atomic<std::uint64_t>;
    static_assert(Word::is_always_lock_free);
    static constexpr int writer_bits = 8;
    static constexpr std::uint64_t writer_mask = 0xFF;

    Word* word_ = nullptr;
};

}  // namespace toril::chaos
