-- A plan whose image is blank has no machines that could be made.
UPDATE plans SET machines = 0, docker_image = NULL WHERE docker_image !~ '[^[:space:]]';
ALTER TABLE plans ADD CONSTRAINT plans_docker_image_not_blank CHECK (docker_image ~ '[^[:space:]]');
