"""What is wrong with a recording, and whether its numbers can be what they are said to be."""

from gaitmap.quality._assessment import QualityAssessment, assess_quality
from gaitmap.quality._plausibility import check_feet, check_plausible_units

__all__ = ["QualityAssessment", "assess_quality", "check_feet", "check_plausible_units"]
