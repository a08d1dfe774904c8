#!/bin/sh
# Make the namespace $TEMPORAL_NAMESPACE on the server at $TEMPORAL_ADDRESS, once the server is there.
set -eu

tries=0
until temporal operator cluster health >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ]; then
    echo "temporal-namespace: the server at $TEMPORAL_ADDRESS does not answer" >&2
    exit 1
  fi
  sleep 1
done

# Ended workflows are kept so long; what they did is in the databases of the services.
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 72h
