"""Gait events of all strides of one sensor in one pass.

Each kernel returns two arrays with one row per stride and the columns ic, tc, min_vel: the position of the event in
samples (NaN where there is none) and the code that says why there is none (0 where there is one, or none was wanted).
"""

import numpy as np

from gaitmap._kernels._jit import kernel

IC, TC, MIN_VEL = 0, 1, 2

# Why an event is missing. The texts are in gaitmap.event_detection._reasons.
FOUND = 0
NOT_FOUND = 1
BAD_BORDERS = 2
OUTSIDE = 3
MISSING_SAMPLES = 4
SHORTER_THAN_WINDOW = 5
TOO_SHORT_FOR_FILTER = 6
NO_ZERO_CROSSING = 7
NO_SEARCH_REGION = 8
NO_RISE_AFTER_FALL = 9
NO_ACC_REGION = 10
NO_MID_SWING = 11
LATE_MID_SWING = 12
NO_IC_REGION = 13
NO_TC_REGION = 14
RULES_DISAGREE = 15


@kernel
def _argmax(signal, first, end):
    best = first
    for i in range(first + 1, end):
        if signal[i] > signal[best]:
            best = i
    return best


@kernel
def _argmin(signal, first, end):
    best = first
    for i in range(first + 1, end):
        if signal[i] < signal[best]:
            best = i
    return best


@kernel
def _slope(signal, i, first, end):
    """Central difference inside [first, end), one-sided at its ends and beside a gap."""
    left = i - 1 if i > first and not np.isnan(signal[i - 1]) else i
    right = i + 1 if i + 1 < end and not np.isnan(signal[i + 1]) else i
    if right - left == 2:
        return (signal[right] - signal[left]) / 2.0
    return signal[right] - signal[left]


@kernel
def _n_valid(signal, first, end):
    n_valid = 0
    for i in range(first, end):
        n_valid += np.isfinite(signal[i])
    return n_valid


@kernel
def _stride_fault(gyr, acc_pa, start, end):
    """Code of what forbids any search in this stride."""
    if start < 0 or end <= start:
        return BAD_BORDERS
    if start >= gyr.shape[1]:
        return OUTSIDE
    end = min(end, gyr.shape[1])
    n_valid = _n_valid(acc_pa, start, end)
    for axis in range(3):
        n_valid += _n_valid(gyr[axis], start, end)
    return FOUND if n_valid == 4 * (end - start) else MISSING_SAMPLES


@kernel
def _store(events, reasons, stride, event, position, code):
    reasons[stride, event] = code
    if code == FOUND:
        events[stride, event] = position


@kernel
def _calmest_window(gyr, start, end, window, energy, window_energy):
    """Middle of the first window of least energy; both buffers hold at least end - start values.

    Every window is summed sample by sample in the same order, so equal windows stay exactly equal. The loops are
    nested the other way round (offset outside, windows inside) because that order runs in vector registers.
    """
    n_samples = end - start
    if window >= n_samples:
        return -1, SHORTER_THAN_WINDOW
    for i in range(n_samples):
        x, y, z = gyr[0, start + i], gyr[1, start + i], gyr[2, start + i]
        energy[i] = x * x + y * y + z * z
    n_windows = n_samples - window + 1
    for i in range(n_windows):
        window_energy[i] = energy[i]
    for offset in range(1, window):
        for i in range(n_windows):
            window_energy[i] += energy[i + offset]
    return start + _argmin(window_energy, 0, n_windows) + window // 2, FOUND


@kernel
def _longest(starts, ends, n_samples):
    longest = 1
    for stride in range(starts.shape[0]):
        longest = max(longest, min(ends[stride], n_samples) - max(starts[stride], 0))
    return longest


@kernel
def _sign_change(signal, first, end, last_one):
    """First (or last) i with different sign bits at i and i + 1, both inside [first, end); -1 if there is none."""
    found = -1
    for i in range(first, end - 1):
        if np.signbit(signal[i]) != np.signbit(signal[i + 1]):
            found = i
            if not last_one:
                break
    return found


@kernel
def _rampp_tc(gyr_ml, start, end, starts_at_ic):
    if starts_at_ic:
        tc = _sign_change(gyr_ml, start, _argmax(gyr_ml, start, end) + 1, True)
    else:
        tc = _sign_change(gyr_ml, start, end, False)
    return tc, FOUND if tc >= 0 else NO_ZERO_CROSSING


@kernel
def _fall_and_rise(signal, first, end):
    """Positions of the steepest fall in [first, end) and of the steepest rise from there on."""
    n_samples = signal.shape[0]
    fall = first
    steepest = _slope(signal, first, 0, n_samples)
    for i in range(first + 1, end):
        slope = _slope(signal, i, 0, n_samples)
        if slope < steepest:
            fall, steepest = i, slope
    rise = fall
    for i in range(fall + 1, end):
        slope = _slope(signal, i, 0, n_samples)
        if slope > steepest:
            rise, steepest = i, slope
    return fall, rise


@kernel
def _rampp_ic(gyr_ml, acc_pa, start, end, starts_at_ic, before, after):
    if starts_at_ic:
        rough_start = max(0, start - int(0.1 * (end - start)))
        rough_end = start + int(0.2 * (end - start))
    else:
        rough_start = _argmax(gyr_ml, start, end)
        rough_end = start + int(0.6 * (end - start))
    if rough_end <= rough_start:
        return -1, NO_SEARCH_REGION
    if _n_valid(gyr_ml, rough_start, rough_end) < rough_end - rough_start:  # only possible before the stride
        return -1, MISSING_SAMPLES
    fall, rise = _fall_and_rise(gyr_ml, rough_start, rough_end)
    if rise <= fall:
        return -1, NO_RISE_AFTER_FALL
    candidate = _argmin(gyr_ml, fall, rise)
    first = max(0 if starts_at_ic else start, candidate - before)
    last = min(end, candidate + after)
    if last <= first:
        return -1, NO_ACC_REGION
    if _n_valid(acc_pa, first, last) < last - first:
        return -1, MISSING_SAMPLES
    return _argmax(acc_pa, first, last), FOUND


@kernel
def rampp_events(gyr, gyr_ml, acc_pa, starts, ends, starts_at_ic, before, after, window, wanted):
    """Events after Rampp et al. 2014.

    gyr (3, n) raw, for the gaps and min_vel; gyr_ml (n,) raw or filtered, for ic and tc; starts_at_ic 0 or 1: how the
    strides are cut; before, after: samples around the ic candidate in which acc_pa is searched; window: samples of the
    min_vel window; wanted (3,): 0 or 1 for ic, tc, min_vel.
    """
    n_strides = starts.shape[0]
    n_samples = gyr.shape[1]
    events = np.full((n_strides, 3), np.nan)
    reasons = np.zeros((n_strides, 3), dtype=np.int64)
    longest = _longest(starts, ends, n_samples)
    energy = np.empty(longest)
    window_energy = np.empty(longest)
    for stride in range(n_strides):
        start = starts[stride]
        fault = _stride_fault(gyr, acc_pa, start, ends[stride])
        if fault != FOUND:
            for event in range(3):
                reasons[stride, event] = fault * wanted[event]
            continue
        end = min(ends[stride], n_samples)
        if wanted[MIN_VEL]:
            min_vel, code = _calmest_window(gyr, start, end, window, energy, window_energy)
            _store(events, reasons, stride, MIN_VEL, min_vel, code)
        if (wanted[IC] or wanted[TC]) and _n_valid(gyr_ml, start, end) < end - start:
            reasons[stride, IC] = TOO_SHORT_FOR_FILTER * wanted[IC]
            reasons[stride, TC] = TOO_SHORT_FOR_FILTER * wanted[TC]
            continue
        if wanted[TC]:
            tc, code = _rampp_tc(gyr_ml, start, end, starts_at_ic)
            _store(events, reasons, stride, TC, tc, code)
        if wanted[IC]:
            ic, code = _rampp_ic(gyr_ml, acc_pa, start, end, starts_at_ic, before, after)
            _store(events, reasons, stride, IC, ic, code)
    return events, reasons


@kernel
def _local_maxima(signal, start, end, maxima):
    """Fill ``maxima`` with the peaks inside [start, end), its ends excluded; return their number.

    A plateau counts as one peak at its middle (the lower one of two).
    """
    n_maxima = 0
    i = start + 1
    while i < end - 1:
        plateau_end = i
        if signal[i - 1] < signal[i]:
            while plateau_end + 1 < end and signal[plateau_end + 1] == signal[i]:
                plateau_end += 1
            if plateau_end + 1 < end and signal[plateau_end + 1] < signal[i]:
                maxima[n_maxima] = (i + plateau_end) // 2
                n_maxima += 1
        i = plateau_end + 1
    return n_maxima


@kernel
def _prominence(signal, peak, start, end):
    """Height of a peak above the higher one of the two lowest points between it and higher ground or the border."""
    left = signal[peak]
    for i in range(peak - 1, start - 1, -1):
        if signal[i] > signal[peak]:
            break
        left = min(left, signal[i])
    right = signal[peak]
    for i in range(peak + 1, end):
        if signal[i] > signal[peak]:
            break
        right = min(right, signal[i])
    return signal[peak] - max(left, right)


@kernel
def _mid_swing(gyr_ml, start, end, least, largest, n_considered, peaks, prominences):
    """Earliest of the ``n_considered`` most prominent maxima that are not below zero; -1 if there is none.

    Of equally prominent ones at the cut the later are kept.
    """
    n_peaks = 0
    for i in range(_local_maxima(gyr_ml, start, end, peaks)):
        peak = peaks[i]
        prominence = _prominence(gyr_ml, peak, start, end)
        if gyr_ml[peak] >= 0.0 and least <= prominence <= largest:
            peaks[n_peaks] = peak
            prominences[n_peaks] = prominence
            n_peaks += 1
    for i in range(n_peaks):  # in order of time
        n_better = 0
        for j in range(n_peaks):
            n_better += prominences[j] > prominences[i] or (prominences[j] == prominences[i] and j > i)
        if n_considered == 0 or n_better < n_considered:
            return peaks[i]
    return -1


@kernel
def _herzer_ic(gyr_ml, filtered, offset, start, end, mid_swing):
    """Position and code of the initial contact; the low-passed acceleration of the stride begins at ``offset``."""
    if mid_swing < 0:
        return -1, NO_MID_SWING
    search_end = start + int(0.7 * (end - start))
    if search_end <= mid_swing:
        return -1, LATE_MID_SWING
    if offset < 0:
        return -1, TOO_SHORT_FOR_FILTER
    rise = mid_swing
    steepest = _slope(gyr_ml, mid_swing, start, end)
    for i in range(mid_swing + 1, search_end):
        slope = _slope(gyr_ml, i, start, end)
        if slope > steepest:
            rise, steepest = i, slope
    shift = offset - start  # from positions in the recording to those in ``filtered``
    region_end = min(rise + 1, end)
    region_start = _argmin(filtered, mid_swing + shift, region_end + shift) - shift
    region_end = min(region_end, end - 1)  # forward differences are one fewer than samples
    if region_end <= region_start:
        return -1, NO_IC_REGION
    best = region_start
    steepest = filtered[best + 1 + shift] - filtered[best + shift]
    for i in range(region_start + 1, region_end):
        difference = filtered[i + 1 + shift] - filtered[i + shift]
        if difference > steepest:
            best, steepest = i, difference
    return best, FOUND


@kernel
def _herzer_tc(gyr_ml, start, end):
    """Minimum within a quarter of a stride around its start; ``end`` may lie behind the recording."""
    quarter = 0.25 * (end - start)
    first = max(0, int(start - quarter))
    last = min(int(start + quarter), gyr_ml.shape[0])
    if last <= first:
        return -1, NO_TC_REGION
    if _n_valid(gyr_ml, first, last) < last - first:
        return -1, MISSING_SAMPLES
    return _argmin(gyr_ml, first, last), FOUND


@kernel
def herzer_events(gyr, acc_pa, filtered, offsets, starts, ends, least, largest, n_considered, window, wanted):
    """Events after Herzer 2021.

    gyr (3, n), acc_pa (n,) raw; filtered: the low-passed acc_pa of the strides one behind the other, that
    of stride i begins at offsets[i] (-1 where it could not be filtered); least, largest: limits of the prominence of a
    mid-swing peak in deg/s; n_considered: number of most prominent peaks of which the earliest is used (0 = all);
    window, wanted as in ``rampp_events``.
    """
    n_strides = starts.shape[0]
    gyr_ml = gyr[1]
    n_samples = gyr.shape[1]
    events = np.full((n_strides, 3), np.nan)
    reasons = np.zeros((n_strides, 3), dtype=np.int64)
    longest = _longest(starts, ends, n_samples)
    buffer_a = np.empty(longest)
    buffer_b = np.empty(longest)
    peaks = np.empty(longest, dtype=np.int64)
    for stride in range(n_strides):
        start = starts[stride]
        fault = _stride_fault(gyr, acc_pa, start, ends[stride])
        if fault != FOUND:
            for event in range(3):
                reasons[stride, event] = fault * wanted[event]
            continue
        end = min(ends[stride], n_samples)
        if wanted[MIN_VEL]:
            min_vel, code = _calmest_window(gyr, start, end, window, buffer_a, buffer_b)
            _store(events, reasons, stride, MIN_VEL, min_vel, code)
        if wanted[TC]:
            tc, code = _herzer_tc(gyr_ml, start, ends[stride])
            _store(events, reasons, stride, TC, tc, code)
        if wanted[IC]:
            mid_swing = _mid_swing(gyr_ml, start, end, least, largest, n_considered, peaks, buffer_a)
            ic, code = _herzer_ic(gyr_ml, filtered, offsets[stride], start, end, mid_swing)
            _store(events, reasons, stride, IC, ic, code)
    return events, reasons
