@NullMarked
package com.busdk.cli;

import org.jspecify.annotations.NullMarked;
