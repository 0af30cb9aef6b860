FROM docker.io/library/debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends g++ openssl python3 python3-dev ca-certificates cmake curl git ninja-build patch python3-pip && rm -rf /var/lib/apt/lists/*
LABEL underlay.image="tensorflow-2.21-source-cpu"
COPY ["file-0","/opt/underlay/training/run"]
COPY ["file-1","/opt/underlay/optimised-training/run"]
RUN ["/bin/sh","-c","set -eu\ngit clone --depth 1 --branch v2.21.0 https://github.com/tensorflow/tensorflow.git /tmp/source\ncd /tmp/source\ncurl --fail --silent --show-error --location --output /usr/local/bin/bazel https://github.com/bazelbuild/bazelisk/releases/download/v1.25.0/bazelisk-linux-amd64\nchmod 755 /usr/local/bin/bazel\nexport PYTHON_BIN_PATH=/usr/bin/python3 USE_DEFAULT_PYTHON_LIB_PATH=1 TF_NEED_CUDA=0 TF_NEED_ROCM=0 TF_NEED_CLANG=0\nexport TF_SET_ANDROID_WORKSPACE=0 CC_OPT_FLAGS='-march=native -O3' HERMETIC_PYTHON_VERSION=3.11\npython3 configure.py\nbazel build --config=opt --copt=-march=native --copt=-O3 --repo_env=WHEEL_NAME=tensorflow_cpu //tensorflow/tools/pip_package:wheel\npip3 install --break-system-packages bazel-bin/tensorflow/tools/pip_package/wheel_house/*.whl\nrm -rf /tmp/source /root/.cache"]
ENTRYPOINT ["python3","/opt/underlay/optimised-training/run/train.py"]
