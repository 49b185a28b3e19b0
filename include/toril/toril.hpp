#pragma once

// Everything, for small programs. No file of toril itself includes it.

#include <toril/cache.hpp>
#include <toril/doctor.hpp>
#include <toril/error.hpp>
#include <toril/flight_recorder.hpp>
#include <toril/flow.hpp>
#include <toril/health.hpp>
#include <toril/job.hpp>
#include <toril/json.hpp>
#include <toril/lock.hpp>
#include <toril/log.hpp>
#include <toril/metrics.hpp>
#include <toril/queue.hpp>
#include <toril/queue_events.hpp>
#include <toril/result.hpp>
#include <toril/scheduler.hpp>
#include <toril/search.hpp>
#include <toril/spool.hpp>
#include <toril/store.hpp>
#include <toril/throttle.hpp>
#include <toril/time.hpp>
#include <toril/worker.hpp>
