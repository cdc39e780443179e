//! The time model: properties that always hold, tables that other programs computed, and what people write.

mod clocks;
mod crontabs;
mod fixtures;
mod hours;
mod mappings;
mod moments;
mod periods;
mod texts;
mod workdays;
mod zones;
