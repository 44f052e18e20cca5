package com.busdk.cli.command;

/**
 * The words behind the options, as they are declared.
 *
 * @param label what stands for them in the help
 * @param min how many there are at least
 * @param max how many there are at most
 * @param description for the help
 */
public record Operand(String label, int min, int max, String description) {}
