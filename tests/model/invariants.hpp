#pragma once

// What must hold whatever happens: the numbers are those of the catalogue in
// docs/internals/store-contract.md.

#include "model/snapshot.hpp"
#include "model/world.hpp"

#include <map>
#include <set>
#include <string>

namespace toril::model {

class Invariants {
public:
    /// The first invariant that the step broke, in words; empty when all hold.
    std::string check(const Step& step,
                      const Answer& answer,
                      const Snapshot& before,
                      const Snapshot& after);

    /// Of flows, over all queues of the sequence.
    static std::string check_flows(const std::map<std::string, Snapshot>& after);

private:
    std::string check_homes(const Snapshot& after) const;
    std::string check_conservation(const Step& step,
                                   const Answer& answer,
                                   const Snapshot& before,
                                   const Snapshot& after) const;
    std::string check_take(const Step& step, const Answer& answer, const Snapshot& before) const;
    std::string check_outcomes(const Step& step,
                               const Answer& answer,
                               const Snapshot& before,
                               const Snapshot& after) const;
    std::string check_recovery(const Answer& answer, const Snapshot& after) const;
    std::string check_schedulers(const Step& step, const Snapshot& after) const;
    std::string check_events(const Snapshot& after) const;
    void learn(const Step& step, const Answer& answer);

    // The token of each job's latest run, as the model of who may finish it.
    std::map<std::pair<std::string, JobId>, std::string> holder_{};
    // Jobs that ended without having begun.
    std::set<JobId> cancelled_{};
    // When each job may start, counted from what delayed it last.
    std::map<std::pair<std::string, JobId>, Timestamp> due_{};
};

}  // namespace toril::model
