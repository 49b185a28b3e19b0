#pragma once

// What the templates of <toril/typed.hpp> stand on; defined in src/typed/. Include that header
// instead. Pure: no I/O, any thread.

#include <toril/json.hpp>
#include <toril/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace toril::detail {

// Why a value does not fit, and where: `sizes[2].width`.
struct Mismatch {
    std::string path{};
    std::string reason{};
};
using Fit = std::optional<Mismatch>;  // empty: it fits

// One value of a parsed document, which outlives it.
class JsonView {
public:
    explicit JsonView(const void* value) noexcept : value_(value) {}

    bool is_null() const noexcept;
    Fit read(bool& target) const;
    Fit read(double& target) const;
    Fit read(std::string& target) const;
    Fit read(Json& target) const;
    Fit read_integer(std::int64_t& target, std::int64_t low, std::int64_t high) const;
    Fit read_unsigned(std::uint64_t& target, std::uint64_t high) const;
    Fit expect_array(std::size_t& size) const;
    Fit expect_object(std::size_t& size) const;
    JsonView element(std::size_t index) const;  // REQUIRES: an array, in range
    std::pair<std::string, JsonView> entry(std::size_t index) const;  // REQUIRES: an object
    std::optional<JsonView> member(std::string_view name) const;      // REQUIRES: an object

private:
    const void* value_;
};

std::shared_ptr<const void> parse_document(const Json& json, Fit& fit);
Error mismatch_error(const Mismatch& mismatch);
Fit below(std::string_view member, Fit fit);
Fit below(std::size_t index, Fit fit);
Fit absent(std::string_view member);

void write_text(std::string& out, std::string_view text);
void write_number(std::string& out, double value);
void write_number(std::string& out, std::int64_t value);
void write_number(std::string& out, std::uint64_t value);

}  // namespace toril::detail
