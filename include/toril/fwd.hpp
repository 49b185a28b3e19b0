#pragma once

// Every public name, no definition. Include this instead of declaring our names yourself.

namespace toril {

class Cache;
class CacheValue;
class Error;
class FlightRecorder;
class FlowProducer;
class Health;
class Idempotency;
class IdempotentRun;
class Json;
class JobContext;
class JobSchedulers;
class Lock;
class Locks;
class Metrics;
class MetricsWriter;
class Queue;
class QueueEvents;
class Status;
class Store;
class Throttle;
class Worker;
template <class T>
class Result;

enum class ErrorCode : unsigned char;
enum class HealthReason : unsigned char;
enum class HealthStatus : unsigned char;
enum class JobState : unsigned char;
enum class LimitMode : unsigned char;
enum class LimitShape : unsigned char;
enum class LimitWhenAway : unsigned char;
enum class LockOutcome : unsigned char;
enum class LockRelease : unsigned char;
enum class SpoolState : unsigned char;
enum class WhenAway : unsigned char;
enum class WhenFull : unsigned char;

struct Backoff;
struct CacheOptions;
struct CachePolicy;
struct CacheStats;
struct Deduplication;
struct Fallback;
struct Finding;
struct FlowJob;
struct HealthOptions;
struct HealthReport;
struct IdempotencyAnswer;
struct IdempotencyOptions;
struct Job;
struct JobCounts;
struct JobFilter;
struct JobOptions;
struct KeepJobs;
struct LimitAnswer;
struct LimitAsk;
struct LimitRule;
struct LinkHealth;
struct Loaded;
struct LockAnswer;
struct LockInfo;
struct LockOptions;
struct LockStats;
struct LogRecord;
struct NewJob;
struct QueueEvent;
struct QueueOptions;
struct Repeat;
struct ServerInfo;
struct SpoolOptions;
struct StoreOptions;
struct ThrottleOptions;
struct ThrottleStats;
struct WorkerInfo;
struct WorkerOptions;

}  // namespace toril
