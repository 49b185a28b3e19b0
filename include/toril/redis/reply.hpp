#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace toril::redis {

enum class ReplyType : unsigned char {
    null,
    status,   ///< `+OK`
    error,    ///< `-ERR ...`, inside an array too
    integer,  ///< also RESP3 booleans, as 0 and 1
    number,   ///< RESP3 double or big number; `text` has its digits
    string,   ///< bulk or verbatim
    array,    ///< also RESP3 sets
    map,      ///< RESP3 map: keys and values in turn, as RESP2 sends them in an array
    push,     ///< RESP3 push
};

/// One value of a Reply: a view, as cheap as a pointer. Valid as long as its Reply.
class Value {
public:
    ReplyType type() const noexcept;
    bool is_null() const noexcept { return type() == ReplyType::null; }
    bool is_error() const noexcept { return type() == ReplyType::error; }

    /// The bytes of a string, status, error or number; of an integer, its digits are not
    /// kept: empty.
    std::string_view text() const noexcept;

    /// The integer; for text, its leading digits (Redis sends many numbers as text); else 0.
    std::int64_t integer() const noexcept;

    /// Elements of an array, map (keys and values counted singly) or push; else 0.
    std::size_t size() const noexcept;

    class Iterator {
    public:
        Value operator*() const noexcept;
        Iterator& operator++() noexcept;  // past the whole element, nested ones included
        friend bool operator==(const Iterator&, const Iterator&) = default;

    private:
        friend class Value;
        const void* node_ = nullptr;
    };
    Iterator begin() const noexcept;
    Iterator end() const noexcept;

    /// Element `index`; O(index). REQUIRES: index < size().
    Value operator[](std::size_t index) const noexcept;

private:
    friend class Reply;
    friend class Iterator;
    const void* node_ = nullptr;
};

/// One answer of a server, with the bytes it points into. Cheap to move.
class Reply {
public:
    Reply() noexcept;  // null
    Reply(Reply&&) noexcept;
    Reply& operator=(Reply&&) noexcept;
    ~Reply();

    Value root() const noexcept;

    struct Storage;
    explicit Reply(std::unique_ptr<Storage> storage) noexcept;

private:
    std::unique_ptr<Storage> storage_;  // null: the null reply
};

}  // namespace toril::redis
