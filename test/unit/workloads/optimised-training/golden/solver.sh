#!/bin/bash
set -e -o pipefail

# environment
export OMP_NUM_THREADS=1

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
curl --fail --silent --show-error --location --remote-name -- https://www.code-aster.org/FICHIERS/aster-full-src-14.4.0-1.noarch.tar.gz
"${engine}" exec "${image}" python3 setup.py install

# the job itself
status=0
mpirun -np 40 "${engine}" exec "${image}" "${ASTER_ROOT}"/14.4/bin/aster "${ASTER_ROOT}"/14.4/lib/aster/Execution/E_SUPERV.py -commandes fort.1 '--num_job=1432' '--mode=interactif' '--rep_outils='"${ASTER_ROOT}"/outils '--rep_mat='"${ASTER_ROOT}"/14.4/share/aster/materiau '--rep_dex='"${ASTER_ROOT}"/14.4/share/aster/datg '--numthreads=1' --suivi_batch '--memjeveux=8192.0' '--tpmax=3600.0' || status=$?

exit "${status}"
