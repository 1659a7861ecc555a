# SPDX-License-Identifier: Apache-2.0
"""Makes, watches, describes and removes deployments: the processes of one pairing on this machine."""
