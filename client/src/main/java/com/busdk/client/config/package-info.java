/**
 * Settings from flags, environment and defaults, with the notations for durations and sizes, and the places where Bus
 * keeps its files. Values are read once at start-up on the starting thread; what comes out is immutable.
 */
@NullMarked
package com.busdk.client.config;

import org.jspecify.annotations.NullMarked;
