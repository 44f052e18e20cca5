package com.busdk.broker.backend.embedded;

/** A dead letter of the group of that event name. */
public record NamedMark(String name, DeadMark mark) {}
