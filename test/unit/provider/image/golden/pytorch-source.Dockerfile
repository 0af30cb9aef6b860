FROM docker.io/library/debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends g++ openssl python3 python3-dev ca-certificates cmake curl git ninja-build patch python3-pip && rm -rf /var/lib/apt/lists/*
LABEL underlay.image="pytorch-2.15-source-cpu"
COPY ["file-0","/opt/underlay/training/run"]
COPY ["file-1","/opt/underlay/optimised-training/run"]
RUN ["/bin/sh","-c","set -eu\ngit clone --depth 1 --recursive --shallow-submodules --branch v2.15.0 https://github.com/pytorch/pytorch.git /tmp/source\ncd /tmp/source\npip3 install --break-system-packages --requirement requirements.txt\nexport CFLAGS='-march=native -O3' CXXFLAGS='-march=native -O3' USE_CUDA=0 USE_ROCM=0 USE_MKLDNN=1 BUILD_TEST=0\npip3 install --break-system-packages --no-build-isolation .\nrm -rf /tmp/source"]
ENTRYPOINT ["python3","/opt/underlay/optimised-training/run/train.py"]
