FROM tensorflow/tensorflow:2.1.0
LABEL underlay.image="tensorflow-2.1-hub-cpu"
COPY ["file-0","/opt/underlay/training/run"]
COPY ["file-1","/opt/underlay/optimised-training/run"]
ENTRYPOINT ["python3","/opt/underlay/optimised-training/run/train.py"]
