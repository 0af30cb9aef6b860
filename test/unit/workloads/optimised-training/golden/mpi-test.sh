#!/bin/bash
set -e -o pipefail

# environment
export OMP_NUM_THREADS=2

# image
engine="$(command -v apptainer || command -v singularity || true)"
image="${SINGULARITY_DIR:-${PWD}}"/mpich_ub1804_cuda101_mpi314_gnugprof.sif
if [[ -z "${engine}" ]]; then
  printf '%s\n' 'neither apptainer nor singularity is on PATH' >&2
  exit 69
fi
if [[ ! -e "${image}" ]]; then
  printf '%s\n' "the image ${image} is not there; where there is internet: ${engine} pull ${image} "docker://ethcscs/mpich:ub1804_cuda101_mpi314_gnugprof >&2
  exit 66
fi

# build
curl --fail --silent --show-error --location --remote-name -- https://raw.githubusercontent.com/olcf/XC30-Training/master/affinity/Xthi.c
"${engine}" exec "${image}" mpicc -o xthi -fopenmp Xthi.c

# the job itself
status=0
mpirun -np 80 "${engine}" exec "${image}" ./xthi || status=$?

exit "${status}"
