#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

// Every number the leak analysis rests on that is not an option, each with the reason for its value.
namespace memlog::stats {

// ---- what is kept of a log, so that memory does not grow with it
inline constexpr std::size_t kMaxKeptSamples = 16384;    // per store of a process: about 0.4 MB, three weeks of 2-minute samples unthinned
inline constexpr std::size_t kMaxKeptRuns = 16384;       // ends of runs per process, all tasks together: 0.25 MB
inline constexpr std::size_t kMaxKeptInAll = 65536;      // samples and runs of all processes together: 1.5 MB whatever the number of workers
inline constexpr std::uint64_t kMaxStride = std::uint64_t{1} << 40;    // one sample of 10^12; strides never overflow
inline constexpr std::size_t kMaxTasks = 256;            // tasks told apart per process; a log with more has ids in its task names
inline constexpr std::size_t kMaxOpenRuns = 256;         // more are runs whose ends were lost
inline constexpr std::size_t kMaxSegments = 512;         // restarts remembered; the analysis uses the largest few
inline constexpr std::size_t kMaxProcesses = 1024;       // processes followed; far above any pool that is watched by hand
inline constexpr std::size_t kMaxClockSteps = 1024;      // clock changes remembered; a year has two
inline constexpr double kMaxMemoryMb = 1e12;             // above an exabyte a number is not a reading of memory
inline constexpr double kMaxTimeSeconds = 1e13;          // 300,000 years: beyond it a double no longer resolves milliseconds

// ---- clock repair
inline constexpr double kDisorderSeconds = 90.0;         // lines of several writers overtake one another by no more than that
inline constexpr std::size_t kRecentIntervals = 99;      // enough for a robust median, few enough to follow a changed sampling rate
inline constexpr std::array kUsualClockSteps = {3600.0, 1800.0, 7200.0};    // daylight saving time: almost everywhere, Lord Howe, double summer time
inline constexpr double kClockStepTolerance = 180.0;     // how far a missing sample may blur a usual step
inline constexpr double kClockStepIntervals = 2.0;       // the same where samples are rare, in intervals

// ---- floor samples
inline constexpr std::size_t kMinTaggedFloor = 12;       // fewer idle readings cannot carry a trend; all samples are used then
inline constexpr double kMinTaggedCover = 0.5;           // idle readings of one quiet hour do not speak for a day
inline constexpr std::size_t kMinQuiet = 24;             // samples without an active download, before only those count
inline constexpr double kMinQuietShare = 0.5;            // a log that is mostly busy has its floor in busy samples too
inline constexpr std::size_t kMinStratumSamples = 4;     // below it, a level of its own leaves nothing for a slope
inline constexpr std::size_t kMinFloorSamples = 8;       // below it there is nothing to compare shapes on
inline constexpr std::size_t kMaxStrata = 64;           // more would leave each one bin of the finest width, and so no slope
inline constexpr std::size_t kMaxOwnAnalyses = 256;      // processes analysed one by one: about a second in all

// ---- bins
inline constexpr double kFineBins = 160.0;               // resolves a tenth-of-the-log onset; fits stay in microseconds
inline constexpr std::size_t kMinBins = 20;              // fewer leave too few degrees of freedom for a shape and its noise
inline constexpr std::size_t kMinBinsPerStratum = 5;     // the same, where each stratum costs a level
inline constexpr double kCoarsestBin = 1.0 / 12.0;       // of the span: coarser bins hide any shape
inline constexpr double kTaggedQuantile = 0.3;           // idle samples: the floor less the memory that is still being released
inline constexpr double kUntaggedQuantile = 0.2;         // all samples: work sits on the floor more often, so lower
inline constexpr double kResolutionSlack = 1.15;         // a finer bin may cost this much precision: shapes need resolution
inline constexpr double kBinEdgeSlack = 1e-9;            // samples exactly on an edge belong to the later bin despite rounding
inline constexpr std::size_t kMinTroughStratum = 12;     // samples, to know what a usual fall is
inline constexpr std::size_t kMinFalls = 4;              // fewer are events, not a collector's rhythm
inline constexpr std::size_t kMinTroughs = 5;            // points for a line and its noise
inline constexpr std::size_t kMaxTroughs = 640;          // with more, every bin holds several collections and serves as well
inline constexpr std::size_t kTroughWindow = 3;          // a collection may take a few samples to show its full effect
inline constexpr double kHeightQuantile = 0.95;          // the sawtooth's height is from 5 to 95 %: spikes are not part of it
inline constexpr double kFallSigmas = 6.0;               // beyond noise, not merely unusual
inline constexpr double kFallShare = 0.45;               // of the sawtooth's height: small collections do not reach the floor

// ---- autocorrelated errors
inline constexpr std::array kShapePhis = {0.0, 0.25, 0.5, 0.7, 0.85, 0.93, 0.97, 0.99};    // denser where it matters: towards a random walk
inline constexpr std::array kCulpritPhis = {0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98};          // finer bins than the shapes', so higher values
inline constexpr double kMaxPhi = 0.99;                  // at 1 there is no level left to estimate
inline constexpr double kPhiSteps = 1e6;                 // φ is rounded to 1/this: candidates with equal φ share one whitening
inline constexpr double kMinGap = 0.25;                  // of a bin: neighbours never count as almost the same reading
inline constexpr double kResidualFloor = 1e-6;           // MB² per bin: constant readings have rounding noise, not none
inline constexpr double kMinColumn = 1e-9;               // squared length below which a column is explained by the levels
inline constexpr double kRelativeRidge = 1e-10;          // keeps nearly equal columns solvable; far below any answer's precision
inline constexpr double kAbsoluteRidge = 1e-12;          // the same for short columns
inline constexpr double kMinVariance = 1e-12;            // (MB/h)²: a standard error is never zero
inline constexpr double kMinResidualDf = 2.0;            // below it a t distribution says nothing
inline constexpr std::size_t kMaxCachedBins = 2048;      // larger fits whiten again instead of keeping every φ in memory

// ---- shapes
struct Grid {
  double from;
  double to;
  int count;
};
inline constexpr Grid kKnots = {0.1, 0.85, 31};          // of the log: an onset is found to a fortieth of it, outside there is no phase to see
inline constexpr Grid kFills = {0.08, 0.8, 14};          // of the age: coarser, since a filling bends where it ends
inline constexpr Grid kRises = {0.1, 0.8, 12};           // of the log: begins; with the lengths this covers every place
inline constexpr std::array kRiseLengths = {0.05, 0.12, 0.25};    // of the log: from a morning's logins to a slow roll-out
inline constexpr Grid kWarmUps = {0.02, 0.6, 9};         // τ of the age, geometric: beyond, a warm-up cannot be told from a line
inline constexpr Grid kLogTaus = {0.002, 0.1, 4};        // τ of the age, geometric: ln(1 + age/τ) hardly changes with it
inline constexpr std::size_t kMinPhaseBins = 4;          // on either side of a knot: a phase is more than an outlier
inline constexpr double kMinPhaseHours = 1.0;            // growth younger than that is not sustained
inline constexpr double kMinPhaseShare = 0.12;           // of the log: a late onset needs evidence in proportion
inline constexpr double kMinRiseShare = 0.08;            // of the bins after a rise: it must be seen to have ended
inline constexpr double kMinTauBins = 0.7;               // a time constant below the bin width cannot be seen
inline constexpr double kLateRiseShare = 0.5;            // of a later rise that may only win back an earlier fall
inline constexpr double kReleasedShare = 0.5;            // of a trend that may be given back by level shifts: more is a sawtooth
inline constexpr double kDailySpanHours = 34.0;          // a cycle must be seen for most of a second day
inline constexpr std::size_t kThirdHarmonicBins = 60;    // below it two harmonics are all the bins can carry
inline constexpr std::size_t kMaxShifts = 4;             // deploys in one log; more is a different shape
inline constexpr std::size_t kBinsPerShift = 12;         // each shift found by search needs room to be told from noise
inline constexpr std::size_t kMaxShiftBins = 400;        // the search is quadratic in the bins
inline constexpr std::size_t kMaxShiftStrata = 12;       // with more restarts, levels are free already
inline constexpr double kMinRuns = 3.0;                  // of a task, to speak of growth per run
inline constexpr std::size_t kMaxCandidateTasks = 64;    // those with most runs: a rare task cannot explain a trend

// ---- weighing
inline constexpr double kKnotPenalty = 0.5;              // times ln N per searched place: it is known to its phase, not to a bin
inline constexpr double kShiftPenalty = 2.0;             // times ln N per level shift (Zhang & Siegmund 2007: places of shifts cost more)
inline constexpr double kUnusualPrior = 0.5;             // onset, two-slope, steps+linear: flexible enough to imitate the others
inline constexpr double kKeepScore = 14.0;               // weight below e⁻⁷ of the best: changes no digit that is shown
inline constexpr double kSlopeFloor = 0.02;              // nothing is known better than 2 %
inline constexpr double kIntervalQuantile = 0.95;        // one side of a 90 % interval
inline constexpr double kOnsetWeight = 0.5;              // an onset is named when it is more likely than not
inline constexpr double kLeakProbability = 0.5;          // the more likely answer
inline constexpr double kGrowthProbability = 0.9;        // a slow trend is claimed only when nearly sure
inline constexpr double kGrowthShare = 0.1;              // of the threshold: slower growth takes weeks to matter
inline constexpr double kHighConfidence = 0.95;          // the usual words for
inline constexpr double kMediumConfidence = 0.8;         // the usual odds
inline constexpr double kShownWeight = 0.01;             // lighter models are noise in a report

// ---- culprits and limit
inline constexpr std::size_t kMinSettled = 8;            // samples of a process, to say what it keeps
inline constexpr double kSettledSlackSeconds = 1.0;      // logs resolve seconds
inline constexpr double kReleaseSeconds = 1800.0;        // memory that falls within half an hour was still being released
inline constexpr double kReleaseSigmas = 4.0;            // a fall that noise does not make
inline constexpr double kCulpritBins = 400.0;            // finer than the shapes': single runs have to be told apart
inline constexpr double kCulpritBinSamples = 3.0;        // samples in a bin, so that its lower half has two
inline constexpr Grid kCulpritOnsets = {0.1, 0.7, 7};    // of the log: a clock leak may begin late; without them any task would explain that better
inline constexpr double kCulpritEvidence = 3.5;          // BIC difference: odds of about six to one (Kass & Raftery 1995: "positive")
inline constexpr double kInsideShare = 0.4;              // of the trend seen while the task does not run: then it is not the task
inline constexpr std::size_t kMinInside = 12;            // samples between a task's runs, to say so
inline constexpr std::size_t kMinInsideGroup = 3;        // of them in one interval: two cannot show noise
inline constexpr double kPeakQuantile = 0.95;            // of task memory above the floor: the limit is hit by usual peaks

// ---- classic rule
inline constexpr double kClassicHigh = 0.8;              // share of rising steps: the original monitor's numbers
inline constexpr double kClassicMedium = 0.6;

}  // namespace memlog::stats
