// A cliff of basalt columns, drawn: the picture beside the sign-in.

const HEIGHTS = [150, 210, 180, 260, 230, 310, 270, 350, 300, 390, 340, 430];
const WIDTH = 72;
const SLANT = 20;
const BASE = 640;

export function BasaltColumns() {
  return (
    <svg viewBox={`0 0 ${HEIGHTS.length * WIDTH} ${BASE}`} preserveAspectRatio="xMaxYMax slice" aria-hidden="true">
      {HEIGHTS.map((height, index) => {
        const x = index * WIDTH;
        const top = BASE - height;
        const lit = index === 7;
        return (
          <g key={x}>
            <path
              d={`M${x} ${top}l${WIDTH / 2}-${SLANT} ${WIDTH / 2} ${SLANT}V${BASE}H${x}z`}
              fill={lit ? "#0f766e" : index % 2 === 0 ? "#3b4a55" : "#334049"}
            />
            <path
              d={`M${x + WIDTH / 2} ${top + SLANT}l${WIDTH / 2}-${SLANT}V${BASE}H${x + WIDTH / 2}z`}
              fill="rgb(0 0 0 / 16%)"
            />
            <path
              d={`M${x} ${top}l${WIDTH / 2}-${SLANT} ${WIDTH / 2} ${SLANT}-${WIDTH / 2} ${SLANT}z`}
              fill={lit ? "#35a598" : index % 2 === 0 ? "#5d7280" : "#536773"}
            />
          </g>
        );
      })}
    </svg>
  );
}
