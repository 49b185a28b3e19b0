#include "backend/faulty/faulty_store.hpp"

#include <memory>
#include <random>
#include <utility>

namespace toril::faulty {

std::string_view to_string(Operation operation) noexcept {
    switch (operation) {
        case Operation::add: return "add";
        case Operation::finish_and_take: return "finish_and_take";
        case Operation::renew: return "renew";
        case Operation::recover_stalled: return "recover_stalled";
        case Operation::look: return "look";
        case Operation::change: return "change";
    }
    return "unknown";
}

Plan forget_every_first_answer() {
    return [](const Call& call) {
        const bool repeatable =
            call.operation == Operation::add || call.operation == Operation::finish_and_take;
        return repeatable && call.of_operation % 2 == 1 ? Fault::forget : Fault::none;
    };
}

Plan seeded(std::uint64_t seed, Chances chances) {
    // Shared, because a std::function is copied and its copies must draw from one sequence.
    auto random = std::make_shared<std::mt19937_64>(seed);
    return [random, chances](const Call&) {
        // Not a std::distribution: those differ between standard libraries.
        double drawn = static_cast<double>((*random)() >> 11) * 0x1.0p-53;
        const std::pair<Fault, double> faults[] = {{Fault::refuse, chances.refuse},
                                                   {Fault::forget, chances.forget},
                                                   {Fault::delay, chances.delay}};
        for (const auto& [fault, chance] : faults) {
            if (drawn < chance) return fault;
            drawn -= chance;
        }
        return Fault::none;
    };
}

Plan scripted(std::map<std::uint64_t, Fault> by_number) {
    return [by_number = std::move(by_number)](const Call& call) {
        const auto found = by_number.find(call.number);
        return found == by_number.end() ? Fault::none : found->second;
    };
}

}  // namespace toril::faulty
