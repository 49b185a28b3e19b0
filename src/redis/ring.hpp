#pragma once

// A queue in one block of memory that grows by doubling: no allocation for each element, and
// none at all in a steady state.

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace toril::redis {

template <class T>
class Ring {
public:
    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }

    /// Counted from the front. REQUIRES: index < size().
    T& operator[](std::size_t index) noexcept {
        assert(index < size_);
        return slots_[(first_ + index) & (slots_.size() - 1)];
    }
    T& front() noexcept { return (*this)[0]; }
    T& back() noexcept { return (*this)[size_ - 1]; }

    T& push_back(T&& value) {
        make_room();
        ++size_;
        T& slot = back();
        slot = std::move(value);
        return slot;
    }
    void push_front(T&& value) {
        make_room();
        first_ = (first_ + slots_.size() - 1) & (slots_.size() - 1);
        ++size_;
        front() = std::move(value);
    }

    T pop_front() {
        T value = std::exchange(front(), T{});
        drop_front();
        return value;
    }

    /// Gives the memory of a past crowd back. REQUIRES: empty().
    void shrink(std::size_t slots_max) {
        assert(empty());
        if (slots_.size() > slots_max) slots_ = std::vector<T>();
        first_ = 0;
    }

private:
    void drop_front() noexcept {
        first_ = (first_ + 1) & (slots_.size() - 1);
        --size_;
    }
    void make_room() {
        if (size_ < slots_.size()) return;
        std::vector<T> larger(slots_.empty() ? 16 : slots_.size() * 2);
        for (std::size_t i = 0; i < size_; ++i)
            larger[i] = std::move((*this)[i]);
        slots_ = std::move(larger);
        first_ = 0;
    }

    std::vector<T> slots_;  // a power of two of them
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace toril::redis
