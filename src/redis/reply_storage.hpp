#pragma once

// What a Reply points into: one block with the nodes of the tree in preorder, then the bytes
// of the frame they came from.

#include <toril/redis/reply.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace toril::redis {

struct Node {
    union {
        std::size_t offset;  // while the parser works: from the begin of the frame
        const char* text;    // in a Storage
    };
    std::int64_t number = 0;  // the integer; else the length of the text, or the elements
    std::uint32_t span = 1;   // nodes of this element, itself and nested ones included
    ReplyType type = ReplyType::null;

    Node() noexcept : offset(0) {}
    explicit Node(ReplyType kind) noexcept : offset(0), type(kind) {}

    bool has_elements() const noexcept {
        return type == ReplyType::array || type == ReplyType::map || type == ReplyType::push;
    }
    bool has_text() const noexcept {
        return !has_elements() && type != ReplyType::null && type != ReplyType::integer;
    }
};

struct Reply::Storage {
    /// Copies the nodes, and the frame's bytes behind them.
    static std::unique_ptr<Storage> copied(std::span<const Node> nodes,
                                           std::span<const char> frame);
    /// Copies the nodes and keeps `block`, in which the frame begins at `frame`.
    static std::unique_ptr<Storage> adopted(std::span<const Node> nodes,
                                            std::unique_ptr<char[]> block,
                                            const char* frame);

    const Node* root() const noexcept { return reinterpret_cast<const Node*>(this + 1); }

    static void* operator new(std::size_t size, std::size_t extra) {
        return ::operator new(size + extra);
    }
    static void operator delete(void* memory) { ::operator delete(memory); }
    static void operator delete(void* memory, std::size_t) { ::operator delete(memory); }

private:
    Storage() = default;
    void place(std::span<const Node> nodes, const char* frame) noexcept;

    std::unique_ptr<char[]> block_{};
};

}  // namespace toril::redis
