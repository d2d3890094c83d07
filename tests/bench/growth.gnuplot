# Called by growth.py with `data` (a block a line of the plot), `lines` (how many), `out`, and
# `counted`: whether instructions are known (1), or not (0).
set terminal svg size 450 * (1 + counted),380 font "sans-serif,12" background rgb "white"
set output out
set multiplot layout 1,1 + counted
set style data linespoints
set key top left Left reverse samplen 1.5 font ",10"
set grid
set xrange [0:*]
set yrange [0:*]
set format x "%.1f"
set xlabel "million packets"

set title "wall time, s; grey: in proportion to the smallest"
slope(block) = real(system(sprintf( \
    "awk -v b=%d 'BEGIN { RS = \"\"; FS = \"\\n\" } NR == b + 1 { split($2, f, \"\\t\"); print f[2] / f[1] * 1e6 }' '%s'", \
    block, data)))
plot for [i=0:lines-1] slope(i) * x notitle with lines linecolor rgb "#bbbbbb" dashtype 2, \
    for [i=0:lines-1] data index i using ($1/1e6):2 title columnheader(1) linetype i+1

if (counted) {
    set title "instructions a packet, outside the kernel"
    set key off
    plot for [i=0:lines-1] data index i using ($1/1e6):3 title columnheader(1) linetype i+1
}
unset multiplot
