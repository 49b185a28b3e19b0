#include "redis/reply_storage.hpp"

#include <toril/redis/reply.hpp>

#include <charconv>
#include <cstring>
#include <new>
#include <utility>

namespace toril::redis {
namespace {

const Node null_node;

const Node& as_node(const void* node) noexcept {
    return node == nullptr ? null_node : *static_cast<const Node*>(node);
}

}  // namespace

static_assert(sizeof(Reply::Storage) % alignof(Node) == 0, "nodes follow it in its block");

std::unique_ptr<Reply::Storage> Reply::Storage::copied(std::span<const Node> nodes,
                                                       std::span<const char> frame) {
    std::unique_ptr<Storage> storage(new (nodes.size_bytes() + frame.size()) Storage);
    char* bytes = reinterpret_cast<char*>(storage.get() + 1) + nodes.size_bytes();
    std::memcpy(bytes, frame.data(), frame.size());
    storage->place(nodes, bytes);
    return storage;
}

std::unique_ptr<Reply::Storage> Reply::Storage::adopted(std::span<const Node> nodes,
                                                        std::unique_ptr<char[]> block,
                                                        const char* frame) {
    std::unique_ptr<Storage> storage(new (nodes.size_bytes()) Storage);
    storage->block_ = std::move(block);
    storage->place(nodes, frame);
    return storage;
}

void Reply::Storage::place(std::span<const Node> nodes, const char* frame) noexcept {
    Node* to = reinterpret_cast<Node*>(this + 1);
    for (const Node& node : nodes) {
        Node* placed = ::new (static_cast<void*>(to++)) Node(node);
        if (node.has_text()) placed->text = frame + node.offset;
    }
}

ReplyType Value::type() const noexcept {
    return as_node(node_).type;
}

std::string_view Value::text() const noexcept {
    const Node& node = as_node(node_);
    if (!node.has_text()) return {};
    return {node.text, static_cast<std::size_t>(node.number)};
}

std::int64_t Value::integer() const noexcept {
    const Node& node = as_node(node_);
    if (node.type == ReplyType::integer) return node.number;
    const std::string_view digits = text();
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::size_t Value::size() const noexcept {
    const Node& node = as_node(node_);
    return node.has_elements() ? static_cast<std::size_t>(node.number) : 0;
}

Value Value::Iterator::operator*() const noexcept {
    Value value;
    value.node_ = node_;
    return value;
}

Value::Iterator& Value::Iterator::operator++() noexcept {
    const Node* node = static_cast<const Node*>(node_);
    node_ = node + node->span;
    return *this;
}

Value::Iterator Value::begin() const noexcept {
    Iterator first;
    if (size() > 0) first.node_ = static_cast<const Node*>(node_) + 1;
    return first;
}

Value::Iterator Value::end() const noexcept {
    Iterator last;
    if (size() > 0) last.node_ = static_cast<const Node*>(node_) + as_node(node_).span;
    return last;
}

Value Value::operator[](std::size_t index) const noexcept {
    Iterator at = begin();
    for (; index > 0; --index)
        ++at;
    return *at;
}

Reply::Reply() noexcept = default;
Reply::Reply(std::unique_ptr<Storage> storage) noexcept : storage_(std::move(storage)) {}
Reply::Reply(Reply&&) noexcept = default;
Reply& Reply::operator=(Reply&&) noexcept = default;
Reply::~Reply() = default;

Value Reply::root() const noexcept {
    Value value;
    if (storage_) value.node_ = storage_->root();
    return value;
}

}  // namespace toril::redis
