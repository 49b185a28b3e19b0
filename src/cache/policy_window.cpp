#include "cache/policy_window.hpp"

#include <algorithm>

namespace toril::cache {

namespace {

constexpr double protected_share = 0.8;  // of the main part
// A key that is asked for now and then must not be kept out for ever by an equal one: whoever
// knows the hash could pin rubbish that way. So equals win sometimes.
constexpr unsigned lucky_frequency_min = 6;
constexpr std::uint32_t lucky_one_in = 128;
// What is small may push out what is large at less than an equal frequency, as more of the small
// fit, but not for nothing: frequencies end at 15, and the large one may be worth far more.
constexpr std::uint64_t size_advantage_max = 8;

}  // namespace

WindowLfu::WindowLfu(std::uint64_t capacity, double window_share, std::uint64_t seed)
    : capacity_(capacity), random_(seed | 1), nodes_(1) {
    set_window(window_share);
}

std::uint64_t WindowLfu::weight() const {
    return lists_[window_].weight + main_weight();
}

void WindowLfu::touch(Slot slot) {
    const Part part = nodes_[slot].part;
    unlink(slot);
    push_first(part == window_ ? window_ : protected_, slot);
    demote();
}

Slot WindowLfu::insert(std::uint64_t hash,
                       std::uint32_t weight,
                       const FrequencySketch& sketch,
                       std::vector<Slot>& victims) {
    Slot slot = free_first_;
    if (slot == no_slot) {
        slot = static_cast<Slot>(nodes_.size());
        nodes_.emplace_back();
    } else {
        free_first_ = nodes_[slot].after;
    }
    nodes_[slot].hash = hash;
    nodes_[slot].weight = weight;
    ++size_;
    // What is larger than the window would push all out of it, only to leave it next.
    weight > window_max_ ? push_last(window_, slot) : push_first(window_, slot);
    drain_window(sketch, victims);
    return slot;
}

void WindowLfu::resize(Slot slot,
                       std::uint32_t weight,
                       const FrequencySketch& sketch,
                       std::vector<Slot>& victims) {
    Node& node = nodes_[slot];
    lists_[node.part].weight += weight;
    lists_[node.part].weight -= node.weight;
    node.weight = weight;
    demote();
    drain_window(sketch, victims);
    shrink_main(victims);
}

void WindowLfu::remove(Slot slot) {
    unlink(slot);
    release(slot);
}

void WindowLfu::clear() {
    nodes_.assign(1, Node{});
    lists_ = {};
    free_first_ = no_slot;
    size_ = 0;
}

void WindowLfu::set_window(double share) {
    window_max_ = static_cast<std::uint64_t>(static_cast<double>(capacity_) * share);
    window_max_ = std::clamp<std::uint64_t>(window_max_, 1, std::max<std::uint64_t>(capacity_, 1));
    // A larger window is filled with what would have to leave the main part for it.
    while (main_weight() > main_max() && lists_[window_].weight < window_max_) {
        const Part part = lists_[probation_].last != no_slot ? probation_ : protected_;
        const Slot oldest = lists_[part].last;
        unlink(oldest);
        push_last(window_, oldest);
    }
    demote();
}

void WindowLfu::set_capacity(std::uint64_t capacity, std::vector<Slot>& victims) {
    const double share = static_cast<double>(window_max_) / static_cast<double>(capacity_);
    capacity_ = std::max<std::uint64_t>(capacity, 1);
    set_window(share);
    while (lists_[window_].weight > window_max_) {
        const Slot oldest = lists_[window_].last;
        unlink(oldest);
        push_first(probation_, oldest);
    }
    shrink_main(victims);
}

void WindowLfu::push_first(Part part, Slot slot) {
    List& list = lists_[part];
    Node& node = nodes_[slot];
    node.part = part;
    node.before = no_slot;
    node.after = list.first;
    (list.first == no_slot ? list.last : nodes_[list.first].before) = slot;
    list.first = slot;
    list.weight += node.weight;
}

void WindowLfu::push_last(Part part, Slot slot) {
    List& list = lists_[part];
    Node& node = nodes_[slot];
    node.part = part;
    node.after = no_slot;
    node.before = list.last;
    (list.last == no_slot ? list.first : nodes_[list.last].after) = slot;
    list.last = slot;
    list.weight += node.weight;
}

void WindowLfu::unlink(Slot slot) {
    const Node& node = nodes_[slot];
    List& list = lists_[node.part];
    (node.before == no_slot ? list.first : nodes_[node.before].after) = node.after;
    (node.after == no_slot ? list.last : nodes_[node.after].before) = node.before;
    list.weight -= node.weight;
}

void WindowLfu::release(Slot slot) {
    nodes_[slot].part = free_;  // its hash stays until it is used again: see `victims`
    nodes_[slot].after = free_first_;
    free_first_ = slot;
    --size_;
}

// What was not asked for again for the longest time makes room in the protected part.
void WindowLfu::demote() {
    const auto max = static_cast<std::uint64_t>(static_cast<double>(main_max()) * protected_share);
    while (lists_[protected_].weight > max && lists_[protected_].first != lists_[protected_].last) {
        const Slot oldest = lists_[protected_].last;
        unlink(oldest);
        push_first(probation_, oldest);
    }
}

void WindowLfu::drain_window(const FrequencySketch& sketch, std::vector<Slot>& victims) {
    while (lists_[window_].weight > window_max_) {
        const Slot candidate = lists_[window_].last;
        unlink(candidate);
        if (is_better(candidate, sketch)) {
            push_first(probation_, candidate);
            shrink_main(victims);
        } else {
            victims.push_back(candidate);
            release(candidate);
        }
    }
}

// Evicts what was used least recently until the main part fits.
void WindowLfu::shrink_main(std::vector<Slot>& victims) {
    while (main_weight() > main_max()) {
        const Slot oldest = next_victim(no_slot);
        if (oldest == no_slot) return;
        unlink(oldest);
        victims.push_back(oldest);
        release(oldest);
    }
}

// Whether it is asked for more often than all that it would push out together. Of what is larger
// than itself a part counts, so that frequencies are compared by weight.
bool WindowLfu::is_better(Slot candidate, const FrequencySketch& sketch) {
    const std::uint64_t weight = nodes_[candidate].weight;
    if (main_weight() + weight <= main_max()) return true;
    if (weight > main_max()) return false;
    std::uint64_t needed = main_weight() + weight - main_max();
    const double frequency = sketch.frequency(nodes_[candidate].hash);
    double others = 0;
    Slot victim = no_slot;
    while (needed > 0 && others <= frequency) {
        victim = next_victim(victim);
        if (victim == no_slot) return false;
        const std::uint64_t held = nodes_[victim].weight;
        const std::uint64_t part = std::max(std::min(weight, held), held / size_advantage_max);
        others += sketch.frequency(nodes_[victim].hash) * static_cast<double>(part) /
                  static_cast<double>(std::max<std::uint64_t>(held, 1));
        needed -= std::min(needed, held);
    }
    if (frequency > others) return true;
    return frequency >= lucky_frequency_min && random() % lucky_one_in == 0;
}

// The one after `victim` in the order of eviction; the first one after none.
Slot WindowLfu::next_victim(Slot victim) const {
    if (victim == no_slot) {
        const Slot oldest = lists_[probation_].last;
        return oldest != no_slot ? oldest : lists_[protected_].last;
    }
    const Node& node = nodes_[victim];
    if (node.before != no_slot || node.part == protected_) return node.before;
    return lists_[protected_].last;
}

std::uint32_t WindowLfu::random() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return static_cast<std::uint32_t>(random_ >> 32);
}

}  // namespace toril::cache
